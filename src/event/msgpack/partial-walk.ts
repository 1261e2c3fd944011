import type { ErrorCode } from '../../errors/catalogue.js'
import { MAX_BODY_DEPTH } from '../frame.js'
import { readLength, SIZES, WIDTHS } from './walk.js'

/** Walks a msgpack value of which more and more bytes are there, and finds the same faults as `checkValue`. */
export class PartialWalk {
  readonly #end: number
  #at: number
  #depth = 0
  #deepest = 0
  /** Values still to come in the innermost open container; the value itself is in one. */
  #left = 1
  /** The same for the containers around it. */
  readonly #open = new Float64Array(MAX_BODY_DEPTH)
  #fault: ErrorCode | undefined

  /** The value begins at `start`; nothing may follow it before `end`. */
  constructor(start: number, end: number) {
    this.#at = start
    this.#end = end
    if (start >= end) this.#fault = 'TCN_BODY_INVALID'
  }

  /** The fault so far. When all bytes are there, it is final. */
  get fault(): ErrorCode | undefined {
    return this.#fault
  }

  /** Levels of the deepest container so far. */
  get deepest(): number {
    return this.#deepest
  }

  /** Walks on as far as the bytes up to `held` allow. */
  advance(bytes: Uint8Array, held: number): void {
    while (this.#fault === undefined && this.#closeFull() && this.#at < held) {
      const head = this.#headBytes(bytes)
      if (this.#at + head > this.#end) this.#fault = 'TCN_BODY_INVALID'
      else if (this.#at + head > held) return
      else this.#token(bytes, head)
    }
    if (held >= this.#end) this.#finish()
  }

  /** Leaves containers that are complete. Returns false when the value is. */
  #closeFull(): boolean {
    while (this.#left === 0) {
      if (this.#depth === 0) return false
      this.#left = this.#open[--this.#depth]
    }
    return true
  }

  #headBytes(bytes: Uint8Array): number {
    const lead = bytes[this.#at]
    return lead < 0xc0 || lead >= 0xe0 ? 1 : 1 + WIDTHS[lead - 0xc0]
  }

  #token(bytes: Uint8Array, head: number): void {
    const lead = bytes[this.#at]
    const size = sizeOf(bytes, this.#at, lead, head)
    this.#left--
    this.#at += head
    if (size < 0) this.#fault = 'TCN_BODY_INVALID'
    else if (!isContainer(lead)) this.#at += size
    else this.#enter(size)
    if (this.#at > this.#end) this.#fault = 'TCN_BODY_INVALID'
  }

  #enter(count: number): void {
    if (count > this.#end - this.#at) this.#fault = 'TCN_BODY_INVALID'
    else if (this.#depth === MAX_BODY_DEPTH) this.#fault = 'TCN_BODY_DEPTH'
    else {
      this.#open[this.#depth++] = this.#left
      this.#left = count
      this.#deepest = Math.max(this.#deepest, this.#depth)
    }
  }

  #finish(): void {
    if (this.#fault !== undefined) return
    if (this.#closeFull()) this.#fault = 'TCN_BODY_INVALID'
    else if (this.#at < this.#end) this.#fault = 'TCN_BODY_TRAILING'
  }
}

function isContainer(lead: number): boolean {
  return (lead >= 0x80 && lead < 0xa0) || (lead >= 0xdc && lead <= 0xdf)
}

/** The bytes or values that follow the head; negative if the lead byte is undefined. */
function sizeOf(bytes: Uint8Array, at: number, lead: number, head: number): number {
  if (lead < 0x80 || lead >= 0xe0) return 0
  if (lead < 0x90) return (lead & 0x0f) << 1
  if (lead < 0xa0) return lead & 0x0f
  if (lead < 0xc0) return lead & 0x1f
  if (head === 1) return SIZES[lead - 0xc0]
  const size = readLength(bytes, at + 1, head - 1)
  if (lead >= 0xde) return size * 2
  return lead >= 0xc7 && lead <= 0xc9 ? size + 1 : size
}
