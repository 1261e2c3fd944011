import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { Runtime } from '../../../event/runtime.js'
import { lingerAfterAnswer } from '../../web/app.js'
import { type Steps, type WorkTurn, writeSteps } from './long-answer.js'

export const NDJSON = 'application/x-ndjson'

/** An answer of lines, each a JSON value. It begins with the first line. */
export class AnswerLines {
  readonly #reply: FastifyReply
  readonly #runtime: Runtime
  #begun = false

  constructor(reply: FastifyReply, runtime: Runtime) {
    this.#reply = reply
    this.#runtime = runtime
  }

  /** True if the status has been sent, so that an error can only be reported in a line. */
  get begun(): boolean {
    return this.#begun
  }

  /** Resolves when more can be written, or the client has disconnected. */
  async write(value: unknown): Promise<void> {
    if (!this.#send(`${JSON.stringify(value)}\n`)) await this.#drained()
  }

  /** Writes lines, each with its line feed, in steps. */
  async writeSteps(steps: Steps, turn: WorkTurn): Promise<void> {
    this.#begin()
    await writeSteps(this.#reply.raw, steps, turn)
  }

  end(value?: unknown): void {
    const { raw } = this.#reply
    const { raw: request } = this.#reply.request
    const isEarly = !request.complete
    if (isEarly) {
      lingerAfterAnswer(request, this.#runtime)
      if (!this.#begun) void this.#reply.header('connection', 'close')
    }
    if (value !== undefined) void this.write(value)
    this.#begin()
    raw.end(() => {
      if (isEarly && !request.complete) request.socket.destroySoon()
    })
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
