import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { vi } from 'vitest'
import { encodeFrame, Flag } from '../../src/event/frame.js'
import { decode } from '../../src/event/msgpack/decoder.js'
import { encode } from '../../src/event/msgpack/encoder.js'
import { PER_SUBSCRIBER } from '../../src/protocols/ncs/constants/mask.js'

const Op = {
  event: 1,
  hello: 2,
  welcome: 3,
  gateDone: 14,
  request: 15,
  reply: 16,
  error: 19,
  goodbye: 20,
} as const

// biome-ignore lint/suspicious/noExplicitAny: the tests compare whole bodies
type Body = Record<string, any>

/** The hub's end of the NCS subprotocol, which sends what a test tells it. */
export class NcsHub implements AsyncDisposable {
  readonly #server: Server
  readonly peers: NcsPeer[] = []
  /** Sent instead of the welcome. */
  refuse: Body | undefined
  /** Answers nothing. */
  isSilent = false
  features: string[] = ['ncs']
  /** The answer to `ncs.diff`. */
  diff: Body[] = []
  /** Parameters of the requests for it. */
  readonly asked: Body[] = []

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket) => this.peers.push(new NcsPeer(socket, this)))
  }

  static async start(path?: string): Promise<NcsHub> {
    const server = createServer()
    server.listen(path === undefined ? { port: 0, host: '127.0.0.1' } : { path })
    await once(server, 'listening')
    return new NcsHub(server)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Resolves with the peer that connected as the n-th, once it was greeted. */
  async peer(n = 0): Promise<NcsPeer> {
    await vi.waitUntil(() => this.peers[n]?.hello !== undefined, { timeout: 30_000, interval: 5 })
    return this.peers[n]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.peers) socket.destroy()
    await new Promise((done) => this.#server.close(done))
  }
}

export class NcsPeer {
  readonly socket: Socket
  hello: Body | undefined
  /** Answers to gates. */
  readonly answers: Body[] = []
  readonly #hub: NcsHub
  #input = Buffer.alloc(0)
  #seq = 100

  constructor(socket: Socket, hub: NcsHub) {
    this.socket = socket.setNoDelay()
    this.#hub = hub
    socket.on('error', () => {})
    socket.on('data', (data) => this.#receive(data))
  }

  /** Sends a notification, and returns its seq. */
  notify(kind: number, body: Body = {}, options: { gate?: boolean; flags?: number } = {}): number {
    this.socket.write(this.frame(kind, body, options))
    return this.#seq
  }

  /** What the log does not have is marked, as by a real hub. */
  frame(
    kind: number,
    body: Body = {},
    { gate = false, flags = (kind & PER_SUBSCRIBER) === 0 ? 0 : Flag.synthetic } = {},
  ): Uint8Array {
    const attributes = gate ? encode({ ncsgate: true }) : undefined
    const seq = flags === 0 ? ++this.#seq : 0
    return encodeFrame({ tag: 'ncs/x', body: encode(body), kind, seq, flags, source: 'hub', attributes })
  }

  say(name: 'error' | 'goodbye', body: Body): void {
    this.socket.end(record(Op[name], body))
  }

  async answered(count: number): Promise<Body[]> {
    await vi.waitUntil(() => this.answers.length >= count, { timeout: 30_000, interval: 5 })
    return this.answers
  }

  #receive(data: Buffer): void {
    this.#input = Buffer.concat([this.#input, data])
    while (this.#input.length >= 5 && this.#input.length >= 4 + this.#input.readUInt32LE()) {
      const end = 4 + this.#input.readUInt32LE()
      const body = decode(this.#input, 5, end) as Body
      this.#take(this.#input[4], body)
      this.#input = this.#input.subarray(end)
    }
  }

  #take(op: number, body: Body): void {
    const { refuse, features, diff, asked, isSilent } = this.#hub
    if (isSilent) return
    if (op === Op.hello && refuse !== undefined) this.say('error', refuse)
    else if (op === Op.hello) {
      const ncs = { deadline: 120_000 }
      const greeting = { version: 1, features, epoch: 'e', largestFrame: 1 << 24, ncs }
      this.socket.write(record(Op.welcome, greeting))
      this.hello = body
    } else if (op === Op.gateDone) this.answers.push(body)
    else if (op === Op.request) {
      asked.push({ method: body.method, ...body.params })
      this.socket.write(record(Op.reply, { id: body.id, result: diff }))
    }
  }
}

function record(op: number, body: Body): Uint8Array {
  const map = encode(body)
  const head = Buffer.alloc(5)
  head.writeUInt32LE(map.length + 1)
  head[4] = op
  return Buffer.concat([head, map])
}
