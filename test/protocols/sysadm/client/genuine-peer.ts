import { constants, createHash, publicDecrypt } from 'node:crypto'

export const PASSWORD = 'correct horse'
export const TOKEN = 'oYRkRoVCkIBNYLtwxDqa'
const TEST_STRING = 'w4SmDGvWcXRQmh0HqrTk'

export const frames = {
  snapshot:
    '{"args":{"class":"snapshot","message":"Fri Nov 20 04:52:33 UTC 2026: New snapshot of tank/home","priority":"1 - Information"},"id":"","name":"life-preserver","namespace":"events"}',
  state:
    '{"args":{"hostname":"vm2","hostnamechanged":"true","priority":"9 - Urgent","zpools":{"tank":{"alloc":"13.1G","altroot":"-","capacity":"12%","dedup":"1.00x","expandsz":"-","frag":"6%","free":"93.9G","health":"DEGRADED","size":"107G"}}},"id":"","name":"system-state","namespace":"events"}',
  running: '{"args":{"process_id":"j1","state":"running"},"id":"","name":"dispatcher","namespace":"events"}',
  finished:
    '{"args":{"cmd_list":["echo sample1"],"echo sample1":"sample1\\n","process_id":"procID1","return_codes/echo sample1":"0","state":"finished","time_finished":"2026-11-20T04:50:52","time_started":"2026-11-20T04:50:52"},"id":"","name":"dispatcher","namespace":"events"}',
  wrapped:
    '{"args":{"action":"pkg_install","event_system":"sysadm/pkg","pkg_log":"line a 1\\nline a 2\\n","process_details":{"./slow.sh a":"line a 1\\nline a 2\\n","cmd_list":["./slow.sh a","./slow.sh b"],"current_cmd":"./slow.sh a","process_id":"sysadm_pkg_install-{1111}","state":"running","time_started":"2026-11-20T04:51:43"},"state":"running"},"id":"","name":"dispatcher","namespace":"events"}',
} as const

const QUERY =
  '{"rpc/dispatcher":"read/write","rpc/logs":"read/write","rpc/settings":"read/write","sysadm/fs":"read/write"}'
const JOBS =
  '{"jobs":{"no_queue":{"longjob":{"commands":["sleep 30"],"state":"running"}},"pkg_queue":{"ID":{"commands":["pkg update"],"queue_position":"0","state":"pending"}}}}'
const LOGS =
  '{"events-state":{"":{},"2026-11-20T04:50:52":{"hostname":"vm"}},"hostinfo":{"":"","2026-11-20T04:50:52":"started"}}'

interface Message {
  namespace: string
  name: string
  id: unknown
  args: Record<string, unknown> & string[]
}

/** What a genuine server knows, whatever connections it has. */
export class GenuineState {
  hostname = 'vm'
  keys: string[] = []
  /** Answers of `rpc/dispatcher` and `rpc/logs`. */
  jobs = JOBS
  logs = LOGS
  last: { 'life-preserver'?: string; 'system-state'?: string } = {}
  /** Public key sent to clients behind a bridge. */
  sessionKey = 'LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0K'
}

/** The side of a genuine server for one client, from the recorded frames. */
export class GenuinePeer {
  readonly #state: GenuineState
  readonly #isRelayed: boolean
  readonly #send: (text: string) => unknown
  readonly subscribed = new Set<string>()
  readonly received: string[] = []
  isLoggedIn = false
  /** Answers are left out while this is set. */
  isMute = false

  constructor(state: GenuineState, send: (text: string) => unknown, isRelayed = false) {
    this.#state = state
    this.#send = send
    this.#isRelayed = isRelayed
  }

  handle(text: string): unknown {
    this.received.push(text)
    const { namespace, name, id, args } = JSON.parse(text) as Message
    if (this.isMute) return undefined
    const shown = typeof id === 'string' ? id : ''
    const reply = (json: string): unknown =>
      this.#send(
        `{"args":${json},"id":${JSON.stringify(shown)},"name":"${shown === '' ? name : 'response'}","namespace":"${namespace}"}`,
      )
    const refuse = (code: string, message: string): unknown =>
      this.#send(
        `{"args":{"code":"${code}","message":"${message}"},"id":${JSON.stringify(shown)},"name":"error","namespace":"error"}`,
      )
    if (namespace === 'rpc' && name === 'identify')
      return reply(`{"hostname":"${this.#state.hostname}","type":"server"}`)
    if (name === 'auth_clear') {
      this.isLoggedIn = false
      return undefined
    }
    if (name.startsWith('auth')) return this.#auth(name, args, reply, () => refuse('401', 'Unauthorized'))
    if (!this.isLoggedIn) return refuse('401', 'Unauthorized')
    if (namespace === 'events') return this.#events(name, args, reply, () => refuse('400', 'Bad Request'))
    const answer = this.#rpc(name, args)
    return answer === undefined ? refuse('404', 'Not Found') : reply(answer)
  }

  push(text: string): void {
    const { name } = JSON.parse(text) as { name: string }
    if (this.subscribed.has(name.replaceAll('_', '-'))) this.#send(text)
  }

  #auth(
    name: string,
    args: Message['args'],
    reply: (json: string) => unknown,
    refuse: () => unknown,
  ): unknown {
    const isRight =
      (name === 'auth' && !this.#isRelayed && args.password === PASSWORD) ||
      (name === 'auth_token' && !this.#isRelayed && args.token === TOKEN) ||
      (name === 'auth_ssl' && this.#isEncrypted(args.encrypted_string))
    if (isRight) {
      this.isLoggedIn = true
      return reply(`["${TOKEN}",0]`)
    }
    if (name !== 'auth_ssl' || args.encrypted_string !== undefined) return refuse()
    if (!this.#isRelayed) return reply(`{"test_string":"${TEST_STRING}"}`)
    const known = this.#state.keys.map((pem) => createHash('md5').update(pem).digest('base64'))
    if (!known.includes(args.md5_key as unknown as string)) return refuse()
    const testString = Buffer.from(TEST_STRING).toString('base64')
    return reply(`{"new_ssl_key":"${this.#state.sessionKey}","test_string":"${testString}"}`)
  }

  #isEncrypted(text: unknown): boolean {
    if (typeof text !== 'string') return false
    return this.#state.keys.some((key) => {
      try {
        const padding = constants.RSA_PKCS1_PADDING
        return publicDecrypt({ key, padding }, Buffer.from(text, 'base64')).toString() === TEST_STRING
      } catch {
        return false
      }
    })
  }

  #events(name: string, args: unknown, reply: (json: string) => unknown, refuse: () => unknown): unknown {
    const names = typeof args === 'string' ? [args] : args
    if (!Array.isArray(names) || names.length === 0) return refuse()
    if (name !== 'subscribe' && name !== 'unsubscribe') return refuse()
    const known = names.filter((each) => ['dispatcher', 'life-preserver', 'system-state'].includes(each))
    for (const each of known) {
      if (name === 'unsubscribe') this.subscribed.delete(each)
      else {
        this.subscribed.add(each)
        const last = this.#state.last[each as 'system-state']
        if (last !== undefined) this.#send(last)
      }
    }
    return reply(known.length === 0 ? '{}' : `{"${name}":"${known.at(-1)}"}`)
  }

  #rpc(name: string, args: Message['args']): string | undefined {
    if (name === 'query') return QUERY
    if (name === 'logs') return this.#state.logs
    if (name === 'settings') return this.#settings(args)
    if (name !== 'dispatcher') return undefined
    if (args.action === ('list' as never)) return this.#state.jobs
    if (args.action === ('kill' as never))
      return `{"killed":{"jobs":${JSON.stringify([args.job_id].flat())}}}`
    const ids = Object.keys(args).filter((key) => key !== 'action')
    return `{"started":${JSON.stringify(ids.sort())}}`
  }

  #settings(args: Record<string, unknown>): string | undefined {
    const { keys } = this.#state
    switch (args.action) {
      case 'list_ssl_checksums':
        return `{"md5_keys":${JSON.stringify(keys.map((pem) => createHash('md5').update(pem).digest('base64')))}}`
      case 'list_ssl_certs': {
        const notes = 'Nickname: n\nEmail: e\nDate Registered: 2026-11-20T04:51:03'
        const own = Object.fromEntries(keys.map((pem) => [Buffer.from(pem).toString('base64'), notes]))
        return JSON.stringify(keys.length === 0 ? {} : { root: own })
      }
      case 'register_ssl_cert':
        keys.push(Buffer.from(args.pub_key as string, 'base64').toString())
        return '{}'
      case 'revoke_ssl_cert':
        this.#state.keys = keys.filter((pem) => Buffer.from(pem).toString('base64') !== args.pub_key)
        return '{}'
      default:
        return undefined
    }
  }
}
