const LINE_FEED = 0x0a
/** Memory for a line begun that is kept for the next one. */
const KEPT_BYTES = 4096

/** A line, or a piece of one. */
export interface Line {
  /** Without the line feed; of a line that is too long the beginning. Valid until the next call. */
  bytes: Uint8Array
  /** Bytes of the whole line; more than there are in `bytes` when it was cut. */
  length: number
  /** Offset of its first byte. */
  start: number
  /** Offset behind it and its line feed. */
  end: number
  /** Its end has not come. */
  partial: boolean
  /** Its beginning was given out before. */
  continued: boolean
}

/**
 * Takes bytes apart into lines, one at a time, so that the taker can stop in between. Holds at most
 * `maxLine` bytes of a line that is not complete.
 */
export class LineSplitter {
  readonly #maxLine: number
  #chunk: Uint8Array = nothing
  #at = 0
  #held = nothing
  #heldBytes = 0
  /** Bytes of the line begun, those not kept included. */
  #length = 0
  #continued: boolean
  /** Offset of the line begun. */
  start: number

  constructor(maxLine: number, start: number, continued: boolean) {
    this.#maxLine = maxLine
    this.start = start
    this.#continued = continued
  }

  /** The line begun has had a piece given out before. */
  get continued(): boolean {
    return this.#continued
  }

  /** Bytes of a line whose end has not come. */
  get pending(): number {
    return this.#length
  }

  /** Offset of the next byte to feed. */
  get next(): number {
    return this.start + this.#length + (this.#chunk.length - this.#at)
  }

  /** Only when `line()` has given all. The bytes must stay as they are until it has again. */
  feed(chunk: Uint8Array): void {
    this.#chunk = chunk
    this.#at = 0
  }

  /** The next complete line; undefined when there is none. */
  line(): Line | undefined {
    const end = this.#chunk.indexOf(LINE_FEED, this.#at)
    if (end < 0) {
      this.#hold(this.#chunk.length)
      this.#chunk = nothing
      this.#at = 0
      return undefined
    }
    const whole = this.#heldBytes === 0 && this.#length === 0 && end - this.#at <= this.#maxLine
    const bytes = whole ? this.#chunk.subarray(this.#at, end) : this.#joined(end)
    const length = whole ? bytes.length : this.#length
    this.#at = end + 1
    return this.#take(bytes, length, length + 1, false)
  }

  /** What there is of a line whose end has not come; undefined when there is nothing. */
  rest(): Line | undefined {
    if (this.#length === 0) return undefined
    return this.#take(this.#held.subarray(0, this.#heldBytes), this.#length, this.#length, true)
  }

  #take(bytes: Uint8Array, length: number, consumed: number, partial: boolean): Line {
    const { start } = this
    const line = { bytes, length, start, end: start + consumed, partial, continued: this.#continued }
    this.start = line.end
    this.#continued = partial
    this.#heldBytes = 0
    this.#length = 0
    if (this.#held.length > KEPT_BYTES) this.#held = nothing
    return line
  }

  #joined(end: number): Uint8Array {
    this.#hold(end)
    return this.#held.subarray(0, this.#heldBytes)
  }

  /** Moves what is in the chunk before `end` to what is held, as far as the limit allows. */
  #hold(end: number): void {
    const size = end - this.#at
    const kept = Math.min(size, this.#maxLine - this.#heldBytes)
    if (this.#heldBytes + kept > this.#held.length) this.#grow(this.#heldBytes + kept)
    this.#held.set(this.#chunk.subarray(this.#at, this.#at + kept), this.#heldBytes)
    this.#heldBytes += kept
    this.#length += size
    this.#at = end
  }

  #grow(size: number): void {
    const grown = new Uint8Array(Math.min(this.#maxLine, Math.max(256, 2 * size)))
    grown.set(this.#held.subarray(0, this.#heldBytes))
    this.#held = grown
  }
}

const nothing: Uint8Array<ArrayBuffer> = new Uint8Array(0)
