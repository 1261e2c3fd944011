import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidArgumentError } from 'commander'

const MAX_SPEED = 1e6
/** Timers cannot wait longer at once. ms */
const MAX_WAIT = 3600e3

/** `10x`, `0.5x`, `10`; `max` is as fast as it goes. Undefined for no pace at all. */
export function parseSpeed(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY
  const speed = /^\d{1,7}(\.\d{1,6})?x?$/.test(text) ? Number.parseFloat(text) : 0
  if (speed <= 0 || speed > MAX_SPEED)
    throw new InvalidArgumentError('It is not a speed such as 1x, 10x, 0.5x or max.')
  return speed
}

/** Lets events go on with the pauses between them that they had, so many times faster. */
export class Pace {
  readonly #speed: number
  readonly #now: () => number
  #first: number | undefined
  #started = 0

  constructor(speed: number, now: () => number = () => performance.now()) {
    this.#speed = speed
    this.#now = now
  }

  /** ms until it is the turn of an event of this time (µs). */
  delay(micros: number | undefined): number {
    if (micros === undefined || this.#speed === Number.POSITIVE_INFINITY) return 0
    if (this.#first === undefined) {
      this.#first = micros
      this.#started = this.#now()
    }
    const due = this.#started + (micros - this.#first) / 1000 / this.#speed
    return Math.max(0, due - this.#now())
  }

  /** Throws the reason of the signal when it fires. */
  async wait(micros: number | undefined, signal: AbortSignal): Promise<void> {
    for (let left = this.delay(micros); left >= 1; left = this.delay(micros)) {
      await sleep(Math.min(left, MAX_WAIT), undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
}
