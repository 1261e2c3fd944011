/** Counts of an hour in slots of ten minutes, and of a day in slots of two hours; the current slot is one more. */
const SHORT_SECONDS = 600
const SHORT_SLOTS = 7
const SHORT_PER_LONG = 12
const LONG_SLOTS = 13
/** Where the counts of long slots begin, and where the number of the last short slot is. */
const LONG = SHORT_SLOTS
const LATEST = SHORT_SLOTS + LONG_SLOTS
/** Numbers in a block. */
export const BLOCK = LATEST + 1

const FIRST_BLOCKS = 256
const GROWTH = 1.125

/**
 * Counts of events in the last hour and in the last day. Each block counts one thing, in 84 bytes. The counts cover the
 * current slot and those of the hour, or day, before it: up to 10 minutes, or 2 hours, more than it says.
 */
export class CountBlocks {
  #counts = new Uint32Array(FIRST_BLOCKS * BLOCK)
  #used = 0
  readonly #free: number[] = []

  /** Returns the number of a block without counts. */
  take(): number {
    const again = this.#free.pop()
    if (again !== undefined) return again
    const block = this.#used++
    if (this.#used * BLOCK > this.#counts.length) this.#grow()
    return block
  }

  give(block: number): void {
    this.#counts.fill(0, block * BLOCK, (block + 1) * BLOCK)
    this.#free.push(block)
  }

  /** Counts an event. `seconds`: when it was stored; earlier than others only by a clock that was set back. */
  add(block: number, seconds: number): void {
    const counts = this.#counts
    const at = block * BLOCK
    const slot = Math.floor(seconds / SHORT_SECONDS)
    if (slot > counts[at + LATEST]) this.#advance(at, slot)
    const latest = counts[at + LATEST]
    counts[at + (latest % SHORT_SLOTS)]++
    counts[at + LONG + (longOf(latest) % LONG_SLOTS)]++
  }

  hour(block: number, seconds: number): number {
    const at = block * BLOCK
    const slot = Math.floor(seconds / SHORT_SECONDS)
    return this.#sum(at, SHORT_SLOTS, slot, this.#counts[at + LATEST])
  }

  day(block: number, seconds: number): number {
    const at = block * BLOCK
    const slot = longOf(Math.floor(seconds / SHORT_SECONDS))
    return this.#sum(at + LONG, LONG_SLOTS, slot, longOf(this.#counts[at + LATEST]))
  }

  /** The block as numbers, to be kept. */
  read(block: number): Uint32Array {
    return this.#counts.slice(block * BLOCK, (block + 1) * BLOCK)
  }

  write(block: number, numbers: ArrayLike<number>): void {
    this.#counts.set(numbers, block * BLOCK)
  }

  #sum(at: number, slots: number, now: number, latest: number): number {
    let sum = 0
    for (let slot = Math.max(0, now - slots + 1, latest - slots + 1); slot <= latest; slot++)
      sum += this.#counts[at + (slot % slots)]
    return sum
  }

  #advance(at: number, slot: number): void {
    const counts = this.#counts
    const latest = counts[at + LATEST]
    clear(counts, at, SHORT_SLOTS, latest, slot)
    clear(counts, at + LONG, LONG_SLOTS, longOf(latest), longOf(slot))
    counts[at + LATEST] = slot
  }

  #grow(): void {
    const grown = new Uint32Array(Math.ceil(this.#used * GROWTH) * BLOCK)
    grown.set(this.#counts)
    this.#counts = grown
  }
}

function longOf(slot: number): number {
  return Math.floor(slot / SHORT_PER_LONG)
}

/** Forgets what was counted a round earlier in the slots after `latest`. */
function clear(counts: Uint32Array, at: number, slots: number, latest: number, slot: number): void {
  for (let each = Math.max(latest, slot - slots) + 1; each <= slot; each++) counts[at + (each % slots)] = 0
}
