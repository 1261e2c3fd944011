import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { Runtime } from '../../event/runtime.js'

export const NDJSON = 'application/x-ndjson'
/** How long the rest of a body is passed over when the answer is complete before it, ms. */
const LINGER = 3000

/** An answer of lines, each a JSON value. It begins with the first of them. */
export class AnswerLines {
  readonly #reply: FastifyReply
  readonly #runtime: Runtime
  #begun = false

  constructor(reply: FastifyReply, runtime: Runtime) {
    this.#reply = reply
    this.#runtime = runtime
  }

  /** True when the status is on its way: what goes wrong now can only be said in a line. */
  get begun(): boolean {
    return this.#begun
  }

  /** Resolves when there is room for more, or the peer is gone. */
  async write(value: unknown): Promise<void> {
    if (!this.#send(`${JSON.stringify(value)}\n`)) await this.#drained()
  }

  /** Several lines, each ended, in one piece. */
  async writeText(lines: string): Promise<void> {
    if (!this.#send(lines)) await this.#drained()
  }

  end(value?: unknown): void {
    if (value !== undefined) void this.write(value)
    this.#begin()
    const { raw } = this.#reply
    const { raw: request } = this.#reply.request
    raw.end(() => request.complete || this.#linger(request))
  }

  /**
   * Nobody wants the rest of a body that is not complete, and it may have no end. But a connection that is closed
   * on bytes which were not read takes the answer with it.
   */
  #linger(request: IncomingMessage): void {
    const { socket } = request
    const cancel = this.#runtime.after(LINGER, () => socket.destroy())
    socket.once('close', cancel)
    request.removeAllListeners('readable')
    request.on('data', () => {})
    socket.end()
  }

  #send(text: string): boolean {
    this.#begin()
    const { raw } = this.#reply
    return raw.destroyed || raw.write(text)
  }

  #begin(): void {
    if (this.#begun) return
    this.#begun = true
    const reply = this.#reply
    const headers = { ...reply.getHeaders(), 'content-type': NDJSON } as OutgoingHttpHeaders
    reply.hijack()
    reply.raw.writeHead(reply.statusCode, headers)
  }

  #drained(): Promise<void> {
    const { raw } = this.#reply
    return new Promise((resolve) => {
      const done = () => {
        raw.off('drain', done)
        raw.off('close', done)
        resolve()
      }
      raw.on('drain', done)
      raw.on('close', done)
      if (raw.destroyed) done()
    })
  }
}
