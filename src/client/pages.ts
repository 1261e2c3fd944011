import { TocsinError } from '../errors/tocsin-error.js'

/** A page without an event has looked at several megabytes of the log. */
const MAX_EMPTY_PAGES = 100_000

/** Follows the pages of a hub. One whose pages would never come to an end is left with an error. */
export class Pages {
  #count = 0
  #empty = 0
  /** A place among those before. It is renewed after twice as many pages each time, and so gets into any circle. */
  #seen: string | undefined
  #renewAt = 1

  /** Returns where the next page begins. */
  after({ next, frames }: { next?: string; frames: Uint8Array }): string | undefined {
    if (next === undefined) return undefined
    if (next === this.#seen) throw endless(`a page of the hub leads to itself: ${next.slice(0, 80)}`)
    this.#empty = frames.length > 0 ? 0 : this.#empty + 1
    if (this.#empty > MAX_EMPTY_PAGES) throw endless(`${MAX_EMPTY_PAGES} pages of the hub have no event`)
    if (++this.#count === this.#renewAt) {
      this.#seen = next
      this.#renewAt *= 2
    }
    return next
  }
}

function endless(reason: string): TocsinError {
  return new TocsinError('TCN_PROTOCOL_BODY', reason)
}
