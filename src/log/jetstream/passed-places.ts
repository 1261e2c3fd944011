import type { Runtime } from '../../event/runtime.js'
import type { SeqRange } from '../event-log.js'

const RETRY_MS = 500

export interface PassedOptions {
  runtime: Runtime
  /** The first place that the stream still has, as far as that is known. */
  first(): number
  /** Asks the stream for it. */
  ask(): Promise<unknown>
  /** Called when it is known after it had to be asked for. */
  known(): void
}

/**
 * The places that the stream has not brought, since they have no message any more. Up to the first place of the stream
 * they were removed because of their age; a later one is that of a message which was removed alone, as nobody's event.
 */
export class PassedPlaces {
  isAsking = false
  readonly #options: PassedOptions
  #last: number
  #ranges: SeqRange[] = []
  #isOver = false

  /** `last`: everything up to here is known. */
  constructor(last: number, options: PassedOptions) {
    this.#last = last
    this.#options = options
  }

  /** Takes the place of the next message. Returns true if places before it were passed over. */
  take(place: number): boolean {
    const range = { from: this.#last + 1, to: place - 1 }
    this.#last = place
    if (range.from > range.to) return false
    this.#ranges.push(range)
    if (range.to >= this.#options.first() && !this.isAsking) void this.#ask()
    return true
  }

  /** Returns once those before a place that were removed because of their age. */
  expiredBefore(place: number): SeqRange[] {
    if (this.#ranges.length === 0) return []
    const before = this.#ranges.filter(({ to }) => to < place)
    this.#ranges = this.#ranges.filter(({ to }) => to >= place)
    const first = this.#options.first()
    const expired = before.map(({ from, to }) => ({ from, to: Math.min(to, first - 1) }))
    return expired.filter(({ from, to }) => from <= to)
  }

  close(): void {
    this.#isOver = true
  }

  async #ask(): Promise<void> {
    const { runtime, ask, known } = this.#options
    this.isAsking = true
    while (this.isAsking && !this.#isOver)
      await ask().then(
        () => {
          this.isAsking = false
        },
        () => new Promise<void>((resolve) => void runtime.after(RETRY_MS, resolve)),
      )
    if (!this.#isOver) known()
  }
}
