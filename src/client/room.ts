import { TocsinError } from '../event/errors.js'
import { Queue } from './queue.js'

export interface Waiting {
  enter(): void
  fail(error: unknown): void
}

/** So long without progress means that the hub takes nothing. ms */
const STALLED = 1000

/** Those who wait for room in the window, first come, first served. */
export class Room {
  readonly #isFull: () => boolean
  readonly #onStalled: () => void
  readonly #waiting = new Queue<Waiting>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(isFull: () => boolean, onStalled: () => void) {
    this.#isFull = isFull
    this.#onStalled = onStalled
  }

  /** Lets it enter at once or when there is room, in the order of the calls. */
  wait(waiting: Waiting, signal?: AbortSignal): void {
    if (signal?.aborted) {
      waiting.fail(aborted(signal))
    } else if (!this.#isFull() && this.#waiting.length === 0) {
      waiting.enter()
    } else {
      this.#timer ??= setTimeout(this.#onStalled, STALLED)
      this.#waiting.push(signal === undefined ? waiting : this.#abortable(waiting, signal))
    }
  }

  /** There may be room again. */
  progress(): void {
    this.calm()
    while (this.#waiting.length > 0 && !this.#isFull()) this.#waiting.shift()?.enter()
    if (this.#waiting.length > 0) this.#timer = setTimeout(this.#onStalled, STALLED)
  }

  /** Nothing is expected to move for now. */
  calm(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  fail(error: unknown): void {
    this.calm()
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const each of waiting) each.fail(error)
  }

  #abortable(inner: Waiting, signal: AbortSignal): Waiting {
    const abort = (): void => {
      this.#waiting.remove((each) => each === waiting)
      inner.fail(aborted(signal))
    }
    const waiting: Waiting = {
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

export function aborted(signal: AbortSignal): TocsinError {
  return new TocsinError('TCN_CLIENT_ABORTED', undefined, { cause: signal.reason })
}
