import { eachPublication, type Publication } from '../../storage/nats/wire.js'
import type { WireRun } from './message-writer.js'

interface PlacedRun extends WireRun {
  first: number
  last: number
}

/** Messages that are not known to be stored, by place. */
export class OutgoingRuns {
  /** In the order of their places, without a gap. */
  readonly #runs: PlacedRun[] = []

  add(run: WireRun, first: number): void {
    this.#runs.push({ ...run, first, last: first + run.ends.length - 1 })
  }

  /** Returns the bytes of the message at a place and of those after it, up to `last` or the end of their run. */
  from(place: number, last: number): { bytes: Uint8Array; last: number } {
    const run = this.#find(place)
    const end = Math.min(run.last, last)
    const start = place === run.first ? 0 : run.ends[place - run.first - 1]
    return { bytes: run.bytes.subarray(start, run.ends[end - run.first]), last: end }
  }

  /** Returns the message at a place in its parts. */
  message(place: number): Publication {
    let found: Publication | undefined
    eachPublication(this.from(place, place).bytes, (publication) => {
      found = publication
    })
    return found!
  }

  /** Forgets runs of which everything is stored. */
  drop(stored: number): void {
    let count = 0
    while (count < this.#runs.length && this.#runs[count].last <= stored) count++
    if (count > 0) this.#runs.splice(0, count)
  }

  clear(): void {
    this.#runs.length = 0
  }

  #find(place: number): PlacedRun {
    let low = 0
    let high = this.#runs.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#runs[middle].last < place) low = middle + 1
      else high = middle
    }
    return this.#runs[low]
  }
}
