import { endOfWork, type Runtime } from '../event/runtime.js'

/** Time in a turn of the event loop that work without steps may take, if others have left as much, ms. */
const TIME_AT_ONCE = 5

/** Limits how long those that share it do work at once in a turn of the event loop. */
export class TimeAtOnce {
  readonly #runtime: Pick<Runtime, 'monotonic' | 'inTurn' | 'soon'>
  /** When the time ends in this turn, ms (monotonic). */
  #end: number | undefined

  constructor(runtime: Pick<Runtime, 'monotonic' | 'inTurn' | 'soon'>) {
    this.#runtime = runtime
  }

  get isLeft(): boolean {
    if (this.#end !== undefined) return this.#runtime.monotonic() < this.#end
    this.#end = endOfWork(this.#runtime, TIME_AT_ONCE)
    this.#runtime.soon(this.#turnOver)
    return true
  }

  readonly #turnOver = (): void => {
    this.#end = undefined
  }
}
