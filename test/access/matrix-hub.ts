import { request } from 'node:http'
import type { Grant } from '../../src/access/index.js'
import { hasRight, type Right } from '../../src/bus/principal.js'
import { type Client, connect } from '../../src/client/index.js'
import { startTestHub, type TestHub, type TestHubOptions } from '../../src/hub/testing.js'
import type { MadeTokenInfo } from '../../src/methods/contract/index.js'

/** Part of the tag, data and source of every event that only `admin` may see. */
export const SECRET = 'classified'

/** Part of the data of these events, which is in no tag, filter or name. */
export const SECRET_DATA = `${SECRET} data`

const grants = {
  nobody: {},
  eye: { see: ['open/'] },
  pen: { publish: ['open/'] },
  worker: { see: ['open/'], consume: ['jobs'] },
  /** May change the hub, but not see its contents. */
  keeper: { admin: true, see: ['open/'] },
  /** May look at the state of the hub, and at no event. */
  probe: { monitor: true },
  /** May delay even events that it may not see. */
  guard: { see: ['open/'], gate: '*' },
} satisfies Record<string, Grant>

export const restricted = Object.keys(grants)
export const principals = [...restricted, 'admin']

export const sees = (name: string) => ['eye', 'worker', 'keeper', 'guard', 'admin'].includes(name)
export const isAdmin = (name: string) => name === 'admin' || name === 'keeper'
/** Whether the principal has the right that an operation on the hub needs. */
export const mayOperate = (name: string, right: 'admin' | 'monitor') =>
  isAdmin(name) || (right === 'monitor' && name === 'probe')

/** A hub with all its faces, and a token for each principal. */
export class MatrixHub {
  readonly test: TestHub
  readonly admin: Client
  readonly tokens: ReadonlyMap<string, string>
  readonly #clients: Client[] = []

  private constructor(test: TestHub, admin: Client, tokens: ReadonlyMap<string, string>) {
    this.test = test
    this.admin = admin
    this.tokens = tokens
  }

  static async start(): Promise<MatrixHub> {
    const principals = grants as NonNullable<TestHubOptions['config']>['principals']
    const salt = { bus: 'master', tcp: { pub: 0, pull: 0 }, show: ['*'] }
    const rest = { address: '127.0.0.1:0', disableSsl: true }
    const test = await startTestHub({
      http: true,
      config: {
        principals,
        listen: { tcp: '127.0.0.1:0', netconf: '127.0.0.1:0' },
        salt: [{ ...salt, rest }],
        sysadm: { listen: '127.0.0.1:0' },
      },
    })
    const admin = await test.connect()
    const tokens = new Map<string, string>()
    for (const name of [...restricted, 'admin']) {
      const { token } = await admin.request<MadeTokenInfo>('tokens.add', { name })
      tokens.set(name, token)
    }
    return new MatrixHub(test, admin, tokens)
  }

  /** Whether the principal has the right to anything. */
  may(as: string, right: Right): boolean {
    const { access } = this.test.hub
    return hasRight(access.authorize, access.principal(as), right)
  }

  publishSecret(name: string | number) {
    return this.admin.publish(
      `${SECRET}/${name}`,
      { [SECRET]: `${SECRET_DATA} ${name}` },
      { source: `${this.admin.welcome.source}/${SECRET}` },
    )
  }

  addressOf(face: string): string {
    if (face === 'unix') return this.test.address
    if (face === 'websocket') return this.test.http
    return this.test.hub.listeners.find(({ address }) => address.startsWith('tcp:'))?.address ?? ''
  }

  async come(face: string, as: string): Promise<Client> {
    const address = this.addressOf(face)
    const client = await connect({ address, token: this.tokens.get(as), reconnect: false })
    this.#clients.push(client)
    return client
  }

  bearer(as: string): { authorization: string } {
    return { authorization: `Bearer ${this.tokens.get(as)}` }
  }

  ask(as: string | undefined, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...(init.headers as object), ...(as === undefined ? {} : this.bearer(as)) }
    return fetch(this.test.http + path, { ...init, headers })
  }

  /** Logs in to salt-api; returns its address and the session token. */
  async saltApi(as: string): Promise<{ url: string; token: string }> {
    const url = this.test.hub.listeners.find(({ face }) => face === 'salt-api')?.address ?? ''
    const { passwords } = this.test.hub.access
    if (!passwords.has(as)) await passwords.set(as, `password of ${as}`)
    const body = new URLSearchParams({ username: as, password: `password of ${as}`, eauth: 'pam' })
    const response = await fetch(`${url}/login`, { method: 'POST', body })
    return { url, token: response.headers.get('x-auth-token') ?? '' }
  }

  /** Returns what a login over SysAdm needs, with the rights of the principal and those over SysAdm. */
  async sysadm(as: string): Promise<{ url: string; username: string; password: string }> {
    const url = this.test.hub.listeners.find(({ face }) => face === 'sysadm')?.address ?? ''
    const { access } = this.test.hub
    const username = `${as}-of-sysadm`
    const password = `password of ${username}`
    const rights: Grant = as === 'admin' ? { admin: true, see: '*' } : grants[as as keyof typeof grants]
    access.grant(username, { ...rights, sysadm: 'limited' })
    if (!access.passwords.has(username)) await access.passwords.set(username, password)
    return { url, username, password }
  }

  async ticket(as: string): Promise<string> {
    const { ticket } = (await (await this.ask(as, '/v1/ticket', { method: 'POST' })).json()) as {
      ticket: string
    }
    return ticket
  }

  /** Makes the consumer `jobs` park an event that its next user may not see. */
  async parkSecret(): Promise<string> {
    const subscription = this.admin.subscribe(`${SECRET}/`, { consumer: 'jobs', from: 'start' })
    for await (const event of subscription.events()) {
      subscription.ack(event, 'park', { reason: SECRET })
      break
    }
    for (;;) {
      const { parked } = await this.admin.request<{ parked: { id: string }[] }>('parked.list', {})
      if (parked.length > 0) {
        await subscription.close()
        return parked[0].id
      }
    }
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.close()
    await this.admin.close()
    await this.test.close()
  }
}

/** Returns a value as text, including the text of bytes in it. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, each) =>
    each instanceof Uint8Array ? Buffer.from(each).toString('latin1') : each,
  )
}

/** Returns the HTTP status of an upgrade request. */
export function upgrade(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const key = Buffer.alloc(16).toString('base64')
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': key,
      // This subprotocol needs credentials in the request; the others send them in the hello.
      'sec-websocket-protocol': 'cloudevents.json',
    }
    request(url, { headers })
      .on('response', ({ statusCode }) => resolve(statusCode))
      .on('upgrade', (_response, socket) => {
        socket.destroy()
        resolve(101)
      })
      .on('error', reject)
      .end()
  })
}
