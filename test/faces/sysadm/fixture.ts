import { once } from 'node:events'
import { type RawData, WebSocket } from 'ws'
import type { z } from 'zod'
import type { FaceHost } from '../../../src/faces/face.js'
import type { sysadmConfig } from '../../../src/faces/sysadm/config.js'
import { sysadmFace } from '../../../src/faces/sysadm/index.js'
import { startTestHub, type TestHub, type TestHubOptions } from '../../../src/hub/testing.js'

export const PASSWORD = 'correct horse'

export interface SysadmFixture extends AsyncDisposable {
  test: TestHub
  /** `wss://127.0.0.1:<port>` */
  url: string
  /** `https://127.0.0.1:<port>`, if `rest` is configured. */
  rest: string
  connect(): Promise<SysadmClient>
  /** A client that is logged in. */
  login(user?: string): Promise<SysadmClient>
  /** Publishes an event of SysAdm, as the parts of the hub do that have some. */
  publish(tag: string, data: unknown): void
}

export interface FixtureOptions {
  sysadm?: Exclude<z.input<typeof sysadmConfig>, undefined>
  hub?: TestHubOptions
  /** What the face finds otherwise than in the hub. */
  host?: (host: FaceHost) => Partial<FaceHost>
  before?: (test: TestHub) => void
}

/** Starts a hub with the face of SysAdm, and with a user for each level: `root`, `boss` who may run nothing, `operator`, `guest`. */
export async function startSysadm({
  sysadm,
  hub,
  host = () => ({}),
  before,
}: FixtureOptions = {}): Promise<SysadmFixture> {
  const principals = {
    root: { sysadm: 'full', see: '*', run: '*' },
    boss: { sysadm: 'full' },
    operator: { sysadm: 'limited' },
    guest: { see: '*' },
  } as const
  const test = await startTestHub({ ...hub, config: { ...hub?.config, principals } })
  try {
    before?.(test)
    const given = { listen: '127.0.0.1:0', blacklist: { exempt: ['127.0.0.1'] }, ...sysadm }
    const face = {
      ...sysadmFace,
      open: (own: FaceHost, config: Parameters<typeof sysadmFace.open>[1]) =>
        sysadmFace.open({ ...own, ...host(own) }, config),
    }
    const limits = sysadmFace.config['limits.http'].parse({})
    const opened = await test.hub.open(face, {
      sysadm: sysadmFace.config.sysadm.parse(given),
      'limits.http': limits,
    })
    for (const name of Object.keys(principals)) await test.hub.access.passwords.set(name, PASSWORD)
    const addresses = opened!.listeners.map(({ address }) => address)
    const url = addresses[0]
    const clients: SysadmClient[] = []
    const connect = async () => {
      const client = await SysadmClient.open(url)
      clients.push(client)
      return client
    }
    return {
      test,
      url,
      rest: addresses[1] ?? '',
      connect,
      async login(user = 'root') {
        const client = await connect()
        const answer = await client.ask(
          `{"namespace":"rpc","name":"auth","id":"in","args":{"username":"${user}","password":"${PASSWORD}"}}`,
        )
        if (!answer.includes('"name":"response"')) throw new Error(answer)
        return client
      },
      publish: (tag, data) => void test.bus.emit({ tag, data }),
      async [Symbol.asyncDispose]() {
        for (const client of clients) client.close()
        await test.close()
      },
    }
  } catch (error) {
    await test.close()
    throw error
  }
}

/** A client that sends and receives texts, written from the frames of genuine programs. */
export class SysadmClient {
  readonly socket: WebSocket
  readonly received: string[] = []
  #wake: (() => void) | undefined
  closed: { code: number; reason: string } | undefined
  headers: Record<string, unknown> = {}

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: RawData) => {
      this.received.push(data.toString())
      this.#wake?.()
    })
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() }
      this.#wake?.()
    })
    socket.on('error', () => {})
  }

  static async open(url: string): Promise<SysadmClient> {
    const socket = new WebSocket(url, { rejectUnauthorized: false, origin: 'sysadm-client' })
    const client = new SysadmClient(socket)
    socket.on('upgrade', ({ headers }) => Object.assign(client.headers, headers))
    await once(socket, 'open')
    return client
  }

  send(text: string): void {
    this.socket.send(text)
  }

  /** The next message. Rejects when the connection has closed. */
  async next(): Promise<string> {
    for (;;) {
      const text = this.received.shift()
      if (text !== undefined) return text
      if (this.closed !== undefined) throw new Error(`closed: ${this.closed.code} ${this.closed.reason}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Sends a message, and returns the next one that arrives. */
  async ask(text: string): Promise<string> {
    this.send(text)
    return this.next()
  }

  /** Sends a request of `rpc`, and returns the arguments of its answer. */
  async rpc<Args = Record<string, unknown>>(name: string, args: unknown): Promise<Args> {
    const text = await this.ask(JSON.stringify({ namespace: 'rpc', name, id: 'r', args }))
    return (JSON.parse(text) as { args: Args }).args
  }

  async untilClosed(): Promise<{ code: number; reason: string }> {
    if (this.closed === undefined) await once(this.socket, 'close')
    return this.closed!
  }

  close(): void {
    this.socket.terminate()
  }
}
