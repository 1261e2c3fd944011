const LINE_FEED = 0x0a
/** A transaction, a command, a length and the blanks between them are never longer. */
const MAX_HEAD = 64
const HEAD = /^(\d{1,9}) ([A-Za-z]{1,32}) (\d{1,9})([ \n])/
const HALF_HEAD = /^\d{0,9}(?: (?:[A-Za-z]{1,32}(?: \d{0,9})?)?)?$/
const nothing = Buffer.alloc(0)

/** One frame of RELP. */
export interface RelpFrame {
  /** Number of the transaction, which the answer repeats. */
  readonly transaction: number
  readonly command: string
  /** The data, or their beginning if they are too long. Valid until the next call. */
  readonly bytes: Buffer
  /** Length of all data in bytes. */
  readonly length: number
}

/** The stream is not RELP from here on. */
export type RelpFault = 'fault'

interface RelpHead {
  readonly transaction: number
  readonly command: string
  readonly length: number
}

/** Splits a stream into frames of RELP. Keeps at most `maxData` bytes of an incomplete one. */
export class RelpFramer {
  readonly #maxData: number
  #chunk: Buffer = nothing
  #head: RelpHead | undefined
  /** Holds the beginning of data whose end comes in a later chunk. */
  #buffer: Buffer = nothing
  #held = 0
  /** Bytes of the data that were read, including those that were not kept. */
  #read = 0
  #isFaulty = false

  constructor(maxData: number) {
    this.#maxData = maxData
  }

  /** Bytes that are kept of an incomplete frame. */
  get held(): number {
    return this.#buffer.length + this.#chunk.length + (this.#head === undefined ? 0 : 1)
  }

  /** Feeds a chunk once `next()` has returned undefined. Its bytes must not change until that happens again. */
  feed(chunk: Buffer): void {
    // The rest of the last chunk is a part of a head.
    this.#chunk = this.#chunk.length === 0 ? chunk : Buffer.concat([this.#chunk, chunk])
  }

  /** Returns the next frame; undefined if its end has not arrived, and always after a fault. */
  next(): RelpFrame | RelpFault | undefined {
    if (this.#isFaulty) {
      this.#chunk = nothing
      return undefined
    }
    if (this.#head === undefined && !this.#begin()) return this.#isFaulty ? 'fault' : undefined
    const { length = 0 } = this.#head ?? {}
    const left = length - this.#read
    if (this.#chunk.length <= left) {
      this.#hold(this.#chunk.length)
      return undefined
    }
    return this.#finish(left)
  }

  /** An incomplete frame is not answered, so that its sender sends it again. */
  rest(): undefined {
    return undefined
  }

  /** Reads the head. False if it is not complete, or none. */
  #begin(): boolean {
    const text = this.#chunk.toString('latin1', 0, MAX_HEAD)
    const [whole, transaction, command, size, end] = HEAD.exec(text) ?? []
    if (whole === undefined) {
      this.#isFaulty = !HALF_HEAD.test(text)
      return false
    }
    const length = Number(size)
    if ((end === ' ') !== length > 0) {
      this.#isFaulty = true
      return false
    }
    this.#head = { transaction: Number(transaction), command, length }
    // The line feed behind a head without data is its end, as that behind data is.
    this.#chunk = this.#chunk.subarray(whole.length - (length > 0 ? 0 : 1))
    return true
  }

  #finish(left: number): RelpFrame | RelpFault {
    const bytes = this.#read === 0 ? this.#inChunk(left) : this.#joined(left)
    const isEnded = this.#chunk[0] === LINE_FEED
    this.#chunk = this.#chunk.subarray(1)
    const head = this.#head
    this.#head = undefined
    this.#buffer = nothing
    this.#held = 0
    this.#read = 0
    if (isEnded && head !== undefined) return { ...head, bytes }
    this.#isFaulty = true
    return 'fault'
  }

  #inChunk(size: number): Buffer {
    const bytes = this.#chunk.subarray(0, Math.min(size, this.#maxData))
    this.#chunk = this.#chunk.subarray(size)
    return bytes
  }

  #joined(size: number): Buffer {
    this.#hold(size)
    return this.#buffer.subarray(0, this.#held)
  }

  /** Keeps bytes of the chunk, up to the limit. */
  #hold(size: number): void {
    const kept = Math.min(size, this.#maxData - this.#held)
    if (this.#held + kept > this.#buffer.length) this.#grow(this.#held + kept)
    this.#chunk.copy(this.#buffer, this.#held, 0, kept)
    this.#held += kept
    this.#read += size
    this.#chunk = this.#chunk.subarray(size)
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#maxData, 2 * needed))
    this.#buffer.copy(grown, 0, 0, this.#held)
    this.#buffer = grown
  }
}

/** Returns a frame as it is sent. */
export function relpFrame(transaction: number, command: string, data = ''): string {
  const length = Buffer.byteLength(data)
  return `${transaction} ${command} ${length}${length > 0 ? ` ${data}` : ''}\n`
}
