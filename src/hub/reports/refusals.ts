import type { OwnEvent } from '../../bus/api.js'
import type { ErrorCode, TocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'

/** Time for which refusals with the same code are collected into one event, ms. */
const TOGETHER = 1000

export interface Peer {
  principal: string | undefined
  listener: string
}

interface RefusalReport {
  code: ErrorCode
  message: string
  principal: string | undefined
  listener: string
  count: number
}

/**
 * Publishes an event for connections that were closed because of what they sent, at most one event per second and
 * code.
 */
export class Refusals {
  readonly #emit: (event: OwnEvent) => unknown
  readonly #runtime: Runtime
  readonly #waiting = new Map<ErrorCode, RefusalReport>()

  constructor(emit: (event: OwnEvent) => unknown, runtime: Runtime) {
    this.#emit = emit
    this.#runtime = runtime
  }

  add({ code, message }: TocsinError, peer: Peer): void {
    const waiting = this.#waiting.get(code)
    if (waiting !== undefined) {
      waiting.count++
      return
    }
    this.#waiting.set(code, { code, message, ...peer, count: 1 })
    this.#runtime.after(TOGETHER, () => this.#report(code))
  }

  #report(code: ErrorCode): void {
    const told = this.#waiting.get(code)
    this.#waiting.delete(code)
    if (told !== undefined) this.#emit({ tag: 'hub/refused', data: told })
  }
}
