import { serveCalls } from '../harness/child.js'
import { ask, openSysadm } from '../sides/sysadm-client.js'
import { SYSADM_USER, type SysadmHub } from '../sides/sysadm-hub.js'
import { TlsWebSocket } from '../sides/tls-web-socket.js'

export interface JobReadersOptions {
  hub: SysadmHub
  /** Over SysAdm, or as a WebSocket of the hub itself. */
  kind: 'sysadm' | 'native'
}

export interface Progress {
  /** Lines that the slowest reader has. */
  lines: number
  /** Readers that missed lines, or got them twice or in another order. */
  disordered: number
  bytes: number
}

/** Limited, so that both sides of the connection work at the same time. */
const AT_ONCE = 8

let options: JobReadersOptions
let token = ''
const readers: Reader[] = []

/** Reads the numbered lines that a job prints. */
class Reader {
  readonly link: TlsWebSocket
  lines = 0
  bytes = 0
  isOrdered = true

  constructor(link: TlsWebSocket) {
    this.link = link
    link.onText = (text) => this.#took(text)
  }

  reset(): void {
    this.lines = this.bytes = 0
    this.isOrdered = true
  }

  /** The events after the end of the command have all lines again, without the middle. */
  #took(text: string): void {
    this.bytes += text.length
    if (text.includes('"state":"finished"') || text.includes('"return_codes/')) return
    const [, log = ''] = /"update_log":"([^"]*)"/.exec(text) ?? []
    for (const line of log.split('\\n')) {
      if (line === '') continue
      if (Number(line.split(' ')[1]) !== this.lines++) this.isOrdered = false
    }
  }
}

serveCalls({
  async start(given: JobReadersOptions) {
    options = given
    if (options.kind === 'native') return
    const first = await openSysadm(options.hub.port)
    const [made] = (await ask(first, 'rpc', 'auth', SYSADM_USER)) as [string]
    token = made
  },
  async add(connections: number) {
    const open = options.kind === 'native' ? subscribeNative : subscribeSysadm
    for (let left = connections; left > 0; left -= AT_ONCE) {
      const some = Array.from({ length: Math.min(left, AT_ONCE) }, open)
      readers.push(...(await Promise.all(some)).map((link) => new Reader(link)))
    }
  },
  open: () => readers.filter(({ link }) => !link.socket.destroyed).length,
  reset() {
    for (const reader of readers) reader.reset()
  },
  progress: (): Progress => ({
    lines: Math.min(...readers.map(({ lines }) => lines)),
    disordered: readers.filter(({ isOrdered }) => !isOrdered).length,
    bytes: readers.reduce((sum, { bytes }) => sum + bytes, 0),
  }),
})

/** The messages of the genuine client after it has connected, with a token in place of a password. */
async function subscribeSysadm(): Promise<TlsWebSocket> {
  const client = await openSysadm(options.hub.port)
  await ask(client, 'rpc', 'identify', '')
  await ask(client, 'rpc', 'auth_token', { token })
  for (const name of ['system-state', 'dispatcher']) await ask(client, 'events', 'subscribe', name)
  return client
}

async function subscribeNative(): Promise<TlsWebSocket> {
  const { web, token: bearer } = options.hub
  const headers = `authorization: Bearer ${bearer}\r\nsec-websocket-protocol: cloudevents.json\r\n`
  return TlsWebSocket.open(web, '/v1/ws?filter=sysadm/dispatcher/', headers)
}
