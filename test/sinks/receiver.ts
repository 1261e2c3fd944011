import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

export interface Received {
  url: string
  headers: IncomingHttpHeaders
  body: string
  bytes: Buffer
}

type Answer = number | ((request: Received, response: ServerResponse) => void)

/** A real HTTP server that answers as the test says, and keeps what it got. */
export class Receiver implements AsyncDisposable {
  readonly got: Received[] = []
  answer: Answer = 204
  /** False: nothing answers behind what accepts the connections. */
  isThere = true
  readonly #server: Server
  readonly #waiting = new Set<() => void>()

  private constructor() {
    this.#server = createServer((request, response) => void this.#take(request, response))
  }

  static async start(port = 0): Promise<Receiver> {
    const receiver = new Receiver()
    await new Promise<void>((done, failed) => {
      receiver.#server.once('error', failed).listen(port, '127.0.0.1', done)
    })
    return receiver
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`
  }

  /** The subjects of the CloudEvents in the order in which they came, repetitions included. */
  get subjects(): string[] {
    return this.got.flatMap(({ body }) => {
      const event = JSON.parse(body)
      return (Array.isArray(event) ? event : [event]).map(({ subject }) => subject)
    })
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((again) => {
        this.#waiting.add(again)
      })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((done) => void this.#server.close(() => done()))
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.isThere) return void response.destroy()
    if (request.method === 'OPTIONS') return void response.writeHead(204).end()
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    const bytes = bodyOf(request, Buffer.concat(pieces))
    const { url = '', headers } = request
    const received = { url, headers, bytes, body: bytes.toString() }
    this.got.push(received)
    if (typeof this.answer === 'number') response.writeHead(this.answer).end()
    else this.answer(received, response)
    for (const again of this.#waiting) again()
    this.#waiting.clear()
  }
}

function bodyOf({ headers }: IncomingMessage, bytes: Buffer): Buffer {
  return headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes
}
