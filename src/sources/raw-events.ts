import type { ErrorCode } from '../errors/catalogue.js'
import { checkFrame, type FrameLimits, WIDEST_LIMITS } from '../event/check.js'
import { HEADER_BYTES, setFrameSeq, setFrameTime, tagLength, tagStart, writeHeader } from '../event/frame.js'
import { findSeparator } from '../protocols/salt/codec/body.js'

/** Why an event was not accepted. `full`: the hub has accepted no events for too long. */
export type RawFault = ErrorCode | 'full'

export interface RawEventsOptions {
  origin: string
  largestFrame: number
  /** Maximum bytes kept while the hub accepts no events. */
  maxWaitingBytes: number
  /** Returns whether the event is wanted. Called with a valid frame. */
  accepts(frames: Uint8Array, at: number): boolean
  /** Publishes all frames or none, and copies them. */
  publish(frames: Uint8Array, count: number): boolean
}

const INITIAL_BYTES = 64 * 1024
const FLUSH_BYTES = 256 * 1024
const MAX_TAG_LENGTH = 0xffff
const HUB = new TextEncoder().encode('hub')
const SLASH = 0x2f

/** Collects events that arrive as `tag 0A 0A msgpack`: checks them and writes them as the frames of a batch, undecoded. */
export class RawEvents {
  readonly #options: RawEventsOptions
  readonly #source: Uint8Array
  readonly #limits: FrameLimits
  #bytes = new Uint8Array(INITIAL_BYTES)
  #end = 0
  #count = 0

  constructor(options: RawEventsOptions) {
    this.#options = options
    this.#limits = { ...WIDEST_LIMITS, frame: options.largestFrame }
    this.#source = new TextEncoder().encode(options.origin)
  }

  /** Number of bytes that wait for the hub. */
  get waiting(): number {
    return this.#end
  }

  get waitingEvents(): number {
    return this.#count
  }

  /** Adds the event in bytes[start, end) to the batch. True if it was added, false if it is not wanted. */
  add(bytes: Uint8Array, start: number, end: number): boolean | RawFault {
    const separator = findSeparator(bytes, start, end)
    if (separator < 0) return 'TCN_FRAME_SEPARATOR'
    if (separator - start > MAX_TAG_LENGTH) return 'TCN_TAG_TOO_LONG'
    const total = HEADER_BYTES + this.#source.length + end - start
    if (total > this.#options.largestFrame) return 'TCN_FRAME_TOO_LARGE'
    if (!this.#makeRoom(total)) return 'full'
    const at = this.#end
    this.#write(bytes, start, end, separator - start, total)
    const fault = checkFrame(this.#bytes, at, at + total, this.#limits)
    if (fault !== undefined) return fault
    if (isReserved(this.#bytes, at)) return 'TCN_TAG_RESERVED'
    if (!this.#options.accepts(this.#bytes, at)) return false
    this.#end = at + total
    this.#count++
    return true
  }

  /** Hands the batch to the hub. False if the hub did not accept it, so that the batch waits. */
  flush(): boolean {
    if (this.#count === 0) return true
    if (!this.#options.publish(this.#bytes.subarray(0, this.#end), this.#count)) return false
    this.#end = 0
    this.#count = 0
    if (this.#bytes.length > FLUSH_BYTES) this.#bytes = new Uint8Array(INITIAL_BYTES)
    return true
  }

  #makeRoom(total: number): boolean {
    if (this.#end > 0 && this.#end + total > FLUSH_BYTES) this.flush()
    const needed = this.#end + total
    if (needed <= this.#bytes.length) return true
    if (this.#end > 0 && needed > this.#options.maxWaitingBytes) return false
    const grown = new Uint8Array(
      Math.max(needed, Math.min(this.#bytes.length * 2, this.#options.maxWaitingBytes)),
    )
    grown.set(this.#bytes.subarray(0, this.#end))
    this.#bytes = grown
    return true
  }

  #write(bytes: Uint8Array, start: number, end: number, tagBytes: number, total: number): void {
    const at = this.#end
    const source = this.#source
    writeHeader(this.#bytes, at, total, 0, tagBytes, 0, source.length, 0)
    setFrameSeq(this.#bytes, at, 0)
    setFrameTime(this.#bytes, at, 0)
    this.#bytes.set(source, at + HEADER_BYTES)
    this.#bytes.set(bytes.subarray(start, end), at + HEADER_BYTES + source.length)
  }
}

/** Returns whether the tag is under `hub`, which is reserved for the hub. */
function isReserved(frames: Uint8Array, at: number): boolean {
  const tag = tagStart(frames, at)
  const length = tagLength(frames, at)
  if (length < HUB.length || (length > HUB.length && frames[tag + HUB.length] !== SLASH)) return false
  return HUB.every((byte, index) => frames[tag + index] === byte)
}
