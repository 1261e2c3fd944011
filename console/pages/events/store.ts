import { Event } from 'tocsin/browser'

/** A row that is no event. */
export interface Marker {
  readonly kind: 'gap' | 'start' | 'skipped'
  readonly text: string
}

interface Block {
  /** Number of its first row. Rows before the first one loaded have negative numbers. */
  row: number
  readonly count: number
  readonly bytes: Uint8Array
  /** Where the frames begin, in the order of the rows. */
  offsets: Uint32Array | undefined
  readonly marker?: Marker
}

/** Frames back to back, as the client receives them. */
export interface Frames {
  readonly bytes: Uint8Array
  readonly count: number
}

const NOTHING = new Uint8Array(0)
/** Bytes of rows in memory; older rows are read from the log again. */
const MAX_BYTES = 32 * 2 ** 20
const MAX_BLOCKS = 20_000
/** Blocks are dropped together: to shorten the list costs as much as it is long. */
const SPARE = 1.1

/** Rows of the list: frames as they came, of which only those that are shown are looked into. */
export class EventStore {
  #blocks: Block[] = []
  #bytes = 0
  readonly #maxBytes: number
  /** Called for each row at the end that is no event. */
  onMark: (marker: Marker) => void = () => {}

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** Number of the first row. */
  get first(): number {
    return this.#blocks[0]?.row ?? 0
  }

  /** Number after the last row. */
  get end(): number {
    const last = this.#blocks.at(-1)
    return last === undefined ? 0 : last.row + last.count
  }

  /** The first row that is an event of the log. */
  get firstEvent(): Event | undefined {
    return this.#eventFrom(this.first, 1)
  }

  /** The last row that is an event of the log. */
  get lastEvent(): Event | undefined {
    return this.#eventFrom(this.end - 1, -1)
  }

  get bytes(): number {
    return this.#bytes
  }

  #eventFrom(row: number, step: number): Event | undefined {
    let item = this.at(row)
    for (let next = row + step; item !== undefined; next += step) {
      if (item instanceof Event && item.seq > 0) return item
      item = this.at(next)
    }
    return undefined
  }

  clear(): void {
    this.#blocks = []
    this.#bytes = 0
  }

  append({ bytes, count }: Frames): void {
    if (count === 0) return
    this.#blocks.push({ row: this.end, count, bytes, offsets: undefined })
    this.#bytes += bytes.length
  }

  mark(marker: Marker): void {
    this.#blocks.push({ row: this.end, count: 1, bytes: NOTHING, offsets: undefined, marker })
    this.onMark(marker)
  }

  /** Puts frames before the first row. `falling`: the newest is the first of them. */
  prepend({ bytes, count }: Frames, order: 'rising' | 'falling'): void {
    if (count === 0) return
    const offsets = offsetsOf(bytes, count)
    if (order === 'falling') offsets.reverse()
    this.#blocks.unshift({ row: this.first - count, count, bytes, offsets })
    this.#bytes += bytes.length
  }

  markFirst(marker: Marker): void {
    this.#blocks.unshift({ row: this.first - 1, count: 1, bytes: NOTHING, offsets: undefined, marker })
  }

  /** The row with this number; undefined if it is not loaded. */
  at(row: number): Event | Marker | undefined {
    const block = this.#blockOf(row)
    if (block === undefined) return undefined
    if (block.marker !== undefined) return block.marker
    block.offsets ??= offsetsOf(block.bytes, block.count)
    return new Event(block.bytes, block.offsets[row - block.row])
  }

  /** Drops what is too much, at this end. Returns whether something was dropped. */
  trim(from: 'start' | 'end'): boolean {
    if (this.#bytes <= this.#maxBytes * SPARE && this.#blocks.length <= MAX_BLOCKS * SPARE) return false
    const blocks = this.#blocks
    let dropped = 0
    const isTooMuch = () => this.#bytes > this.#maxBytes || blocks.length - dropped > MAX_BLOCKS
    while (isTooMuch() && dropped < blocks.length - 1) {
      this.#bytes -= blocks[from === 'start' ? dropped : blocks.length - 1 - dropped].bytes.length
      dropped++
    }
    if (from === 'start') this.#blocks.splice(0, dropped)
    else this.#blocks.length -= dropped
    return true
  }

  #blockOf(row: number): Block | undefined {
    let low = 0
    let high = this.#blocks.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const block = this.#blocks[middle]
      if (row < block.row) high = middle - 1
      else if (row >= block.row + block.count) low = middle + 1
      else return block
    }
    return undefined
  }
}

function offsetsOf(bytes: Uint8Array, count: number): Uint32Array {
  const offsets = new Uint32Array(count)
  for (let index = 0, at = 0; index < count; index++) {
    offsets[index] = at
    at = new Event(bytes, at).end
  }
  return offsets
}
