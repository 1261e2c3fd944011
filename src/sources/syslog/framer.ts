import { endsMessage, LONGEST_END, MessageEnds, withoutEnd } from './message-end.js'

const BLANK = 0x20
const ZERO = 0x30
const NINE = 0x39
const LESS_THAN = 0x3c
/** A count with more digits is none: nobody sends a message of 100 MB. */
const MAX_DIGITS = 8
const nothing = Buffer.alloc(0)

/** One message of a stream. */
export interface SyslogFrame {
  /** The message, or its beginning if it is too long. Valid until the next call. */
  bytes: Buffer
  /** Length of the whole message in bytes. */
  length: number
  /** The stream ended before the number of bytes that the sender had announced. */
  incomplete?: true
}

/**
 * Splits a stream into messages by RFC 6587. A sender counts the bytes of a message, or ends it with a line feed or a
 * null byte; which of these is decided for each message. Keeps little more than `maxMessage` bytes of an incomplete one.
 */
export class SyslogFramer {
  readonly #maxMessage: number
  readonly #isCounted: boolean
  /** Bytes that are kept: those that end a message are not a part of it. */
  readonly #most: number
  readonly #ends = new MessageEnds()
  #chunk: Buffer = nothing
  /** Holds the beginning of a message whose end comes in a later chunk. */
  #buffer: Buffer = nothing
  #held = 0
  /** Bytes of the message that were read, including those that were not kept. */
  #length = 0
  /** Bytes of the message that its sender has announced; undefined if it ends with a line feed or a null byte. */
  #counted: number | undefined
  #begun = false

  /** `isCounted`: each message is counted, and may begin with any byte. */
  constructor(maxMessage: number, { isCounted = false } = {}) {
    this.#maxMessage = maxMessage
    this.#isCounted = isCounted
    this.#most = maxMessage + LONGEST_END
  }

  /** Bytes that are kept of an incomplete message. */
  get held(): number {
    return this.#buffer.length + this.#chunk.length + (this.#begun ? 1 : 0)
  }

  /** Feeds a chunk once `next()` has returned undefined. Its bytes must not change until that happens again. */
  feed(chunk: Buffer): void {
    // The rest of the last chunk is a count without its end.
    this.#chunk = this.#chunk.length === 0 ? chunk : Buffer.concat([this.#chunk, chunk])
    this.#ends.restart()
  }

  /** Returns the next message; undefined if there is none. */
  next(): SyslogFrame | undefined {
    if (!this.#begun && !this.#begin()) return undefined
    return this.#counted === undefined ? this.#line() : this.#octets(this.#counted)
  }

  /** Returns the message whose end has not arrived; undefined if there is none. */
  rest(): SyslogFrame | undefined {
    if (!this.#begun && this.#isCounted) this.#chunk = nothing
    if (!this.#begun && this.#chunk.length === 0) return undefined
    this.#begun = true
    const isIncomplete = this.#counted !== undefined
    const frame = this.#finish(this.#chunk.length)
    return isIncomplete ? { ...frame, incomplete: true } : frame
  }

  /** Decides how the next message is framed. False if that cannot be told yet. */
  #begin(): boolean {
    this.#skipEnds()
    if (this.#chunk.length === 0) return false
    const count = countAt(this.#chunk, this.#isCounted)
    if (count === 'unknown') return false
    this.#begun = true
    this.#counted = count?.value
    if (count !== undefined) this.#chunk = this.#chunk.subarray(count.digits + 1)
    return true
  }

  /** Some senders end a counted message too, or any message with several bytes. */
  #skipEnds(): void {
    let at = 0
    while (at < this.#chunk.length && endsMessage(this.#chunk[at])) at++
    if (at > 0) this.#chunk = this.#chunk.subarray(at)
  }

  #line(): SyslogFrame | undefined {
    const end = this.#ends.next(this.#chunk)
    if (end < 0) return this.#hold(this.#chunk.length)
    const frame = this.#finish(end)
    this.#chunk = this.#chunk.subarray(1)
    return frame
  }

  #octets(counted: number): SyslogFrame | undefined {
    const left = counted - this.#length
    if (this.#chunk.length < left) return this.#hold(this.#chunk.length)
    return this.#finish(left)
  }

  /** Keeps bytes of the chunk, up to the limit, for the time when the end of the message has arrived. */
  #hold(size: number): undefined {
    const kept = Math.min(size, this.#most - this.#held)
    const needed = this.#held + kept
    if (needed > this.#buffer.length) this.#grow(needed)
    this.#chunk.copy(this.#buffer, this.#held, 0, kept)
    this.#held = needed
    this.#length += size
    this.#chunk = this.#chunk.subarray(size)
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#most, 2 * needed))
    this.#buffer.copy(grown, 0, 0, this.#held)
    this.#buffer = grown
  }

  /** Ends the message with `size` bytes of the chunk. */
  #finish(size: number): SyslogFrame {
    const message = this.#length === 0 ? this.#inChunk(size) : this.#joined(size)
    this.#buffer = nothing
    this.#held = 0
    this.#length = 0
    this.#counted = undefined
    this.#begun = false
    return withoutEnd(message, this.#maxMessage)
  }

  #inChunk(size: number): SyslogFrame {
    const bytes = this.#chunk.subarray(0, Math.min(size, this.#most))
    this.#chunk = this.#chunk.subarray(size)
    return { bytes, length: size }
  }

  #joined(size: number): SyslogFrame {
    this.#hold(size)
    return { bytes: this.#buffer.subarray(0, this.#held), length: this.#length }
  }
}

/** Reads `77 `, before `<` unless all are counted. Undefined if there is no count; unknown if that cannot be told yet. */
function countAt(
  bytes: Buffer,
  isCounted: boolean,
): { value: number; digits: number } | undefined | 'unknown' {
  if (bytes[0] <= ZERO || bytes[0] > NINE) return undefined
  let digits = 1
  while (bytes[digits] >= ZERO && bytes[digits] <= NINE) if (++digits > MAX_DIGITS) return undefined
  if (bytes.length < digits + 2)
    return bytes.length === digits || bytes[digits] === BLANK ? 'unknown' : undefined
  if (bytes[digits] !== BLANK) return undefined
  if (!isCounted && bytes[digits + 1] !== LESS_THAN) return undefined
  return { value: Number(bytes.toString('latin1', 0, digits)), digits }
}
