const LINE_FEED = 0x0a
const NUL = 0x00
/** Null bytes that are compared at once. */
const nulBlock = Buffer.alloc(4096)
/** Buffers up to this size are kept for the next line. */
const KEPT_BYTES = 4096

/** A line, or part of one. */
export interface Line {
  /** The line without its line feed; only the beginning if it is too long. Valid until the next call. */
  bytes: Uint8Array
  /** Length of the whole line in bytes; larger than that of `bytes` if it was cut. */
  length: number
  /** Offset of its first byte. */
  start: number
  /** Offset after the line and its line feed. */
  end: number
  /** The end of the line has not arrived. */
  partial: boolean
  /** The beginning of the line was returned before. */
  continued: boolean
}

/**
 * Splits bytes into lines, one at a time, so that the caller can stop in between. Keeps at most `maxLine` bytes of an
 * incomplete line.
 */
export class LineSplitter {
  readonly #maxLine: number
  #chunk: Uint8Array = nothing
  #at = 0
  #held = nothing
  #heldBytes = 0
  /** Length of the incomplete line in bytes, including bytes that were not kept. */
  #length = 0
  #continued: boolean
  readonly #skipsNul: boolean
  /** Offset of the incomplete line. */
  start: number
  /** Null bytes that were skipped. */
  skipped = 0

  /** `skipsNul`: null bytes at the beginning of a line are a hole, and not a part of it. */
  constructor(maxLine: number, start: number, continued: boolean, { skipsNul = false } = {}) {
    this.#maxLine = maxLine
    this.start = start
    this.#continued = continued
    this.#skipsNul = skipsNul
  }

  /** The beginning of the incomplete line was returned before. */
  get continued(): boolean {
    return this.#continued
  }

  /** Length in bytes of a line whose end has not arrived. */
  get pending(): number {
    return this.#length
  }

  /** Offset of the next byte to feed. */
  get next(): number {
    return this.start + this.#length + (this.#chunk.length - this.#at)
  }

  /** Feeds a chunk once `line()` has returned undefined. Its bytes must not change until that happens again. */
  feed(chunk: Uint8Array): void {
    this.#chunk = chunk
    this.#at = 0
  }

  /** Returns the next complete line; undefined if there is none. */
  line(): Line | undefined {
    if (this.#skipsNul && this.#chunk[this.#at] === NUL && this.#length === 0 && !this.#continued)
      this.#skipHole()
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

  /** Returns the available part of a line whose end has not arrived; undefined if there is none. */
  rest(): Line | undefined {
    if (this.#length === 0) return undefined
    return this.#take(this.#held.subarray(0, this.#heldBytes), this.#length, this.#length, true)
  }

  #skipHole(): void {
    const chunk = this.#chunk
    let at = this.#at
    while (nulBlock.equals(chunk.subarray(at, at + nulBlock.length))) at += nulBlock.length
    while (chunk[at] === NUL) at++
    this.skipped += at - this.#at
    this.start += at - this.#at
    this.#at = at
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

  /** Keeps the bytes of the chunk before `end`, up to the limit. */
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
