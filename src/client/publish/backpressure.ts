import { Queue } from '../queue.js'
import { abortError } from '../transport/disconnect-reason.js'

export interface WindowWaiter {
  enter(): void
  fail(error: unknown): void
}

/** The hub counts as suspended when there was no progress for this time, ms. */
const STALLED_AFTER_MS = 1000

/** Makes publishing wait while the window is full, first come, first served. */
export class Backpressure {
  readonly #isFull: () => boolean
  readonly #onStalled: () => void
  readonly #waiting = new Queue<WindowWaiter>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(isFull: () => boolean, onStalled: () => void) {
    this.#isFull = isFull
    this.#onStalled = onStalled
  }

  /** Calls `enter` now or when the window has room, in the order of the calls. */
  wait(waiting: WindowWaiter, signal?: AbortSignal): void {
    if (signal?.aborted) {
      waiting.fail(abortError(signal))
    } else if (!this.#isFull() && this.#waiting.length === 0) {
      waiting.enter()
    } else {
      this.#timer ??= setTimeout(this.#onStalled, STALLED_AFTER_MS)
      this.#waiting.push(signal === undefined ? waiting : this.#abortable(waiting, signal))
    }
  }

  /** To be called when the window may have room again. */
  progress(): void {
    this.stopTimer()
    while (this.#waiting.length > 0 && !this.#isFull()) this.#waiting.shift()?.enter()
    if (this.#waiting.length > 0) this.#timer = setTimeout(this.#onStalled, STALLED_AFTER_MS)
  }

  /** While there is no connection, no progress is expected. */
  stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  fail(error: unknown): void {
    this.stopTimer()
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const each of waiting) each.fail(error)
  }

  #abortable(inner: WindowWaiter, signal: AbortSignal): WindowWaiter {
    const abort = (): void => {
      this.#waiting.remove((each) => each === waiting)
      inner.fail(abortError(signal))
    }
    const waiting: WindowWaiter = {
      enter() {
        signal.removeEventListener('abort', abort)
        inner.enter()
      },
      fail(error) {
        signal.removeEventListener('abort', abort)
        inner.fail(error)
      },
    }
    signal.addEventListener('abort', abort, { once: true })
    return waiting
  }
}
