import type { Runtime } from '../event/runtime.js'

/** Time in a turn of the event loop that work without steps may take, ms. */
const TIME_AT_ONCE = 5

/** Limits how long those that share it do work at once in a turn of the event loop. */
export class TimeAtOnce {
  readonly #runtime: Pick<Runtime, 'monotonic' | 'soon'>
  /** When the time ends in this turn, ms (monotonic). */
  #end: number | undefined

  constructor(runtime: Pick<Runtime, 'monotonic' | 'soon'>) {
    this.#runtime = runtime
  }

  get isLeft(): boolean {
    const now = this.#runtime.monotonic()
    if (this.#end !== undefined) return now < this.#end
    this.#end = now + TIME_AT_ONCE
    this.#runtime.soon(this.#turnOver)
    return true
  }

  readonly #turnOver = (): void => {
    this.#end = undefined
  }
}
