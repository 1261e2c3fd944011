import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { GuardedParser, type GuardedParserOptions } from '../../transport/guarded-parser.js'

/** Requests that wait for the first of their connection, above which nothing more of it is parsed. */
const MAX_AHEAD = 16

/** The requests of one connection. They are served one after the other: their answers would wait in memory. */
export class RequestQueue {
  /** Begins each request that is not answered yet, oldest first. */
  readonly #waiting: (() => void)[] = []
  readonly #parser: GuardedParser

  /** Node's server must have taken the connection. */
  constructor(socket: Socket, options: Omit<GuardedParserOptions, 'hasRoom'>) {
    this.#parser = new GuardedParser(socket, {
      ...options,
      hasRoom: () => this.#waiting.length < MAX_AHEAD,
    })
  }

  add(response: ServerResponse, serve: () => void): void {
    this.#waiting.push(serve)
    response.once('close', () => this.#answered(serve))
    if (this.#waiting.length === 1) serve()
  }

  /** Takes no more requests. */
  close(): void {
    this.#parser.stop()
  }

  /** Gives the connection to another protocol. Returns the bytes that have come behind the last request. */
  release(): Buffer {
    return this.#parser.release()
  }

  #answered(serve: () => void): void {
    const [first] = this.#waiting
    this.#waiting.splice(this.#waiting.indexOf(serve), 1)
    if (first === serve) this.#waiting[0]?.()
    this.#parser.readOn()
  }
}
