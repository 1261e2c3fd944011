import { TocsinError } from '../errors/tocsin-error.js'
import { EVENT_OP, HEADER_BYTES, readU32 } from './frame.js'

/**
 * Receives the records of a stream. The bytes are the pushed chunk itself, or new memory for a record that was split
 * between chunks. They stay valid for as long as the caller does not change the chunk.
 */
export interface RecordSink {
  /** Receives `count` whole event frames, back to back in [start, end). */
  onEvents(bytes: Uint8Array, start: number, end: number, count: number): void
  /** Receives one record of another op; [start, end) is the part after the op. */
  onRecord(op: number, bytes: Uint8Array, start: number, end: number): void
  /** Called while a frame arrives in parts: its first `held` bytes are there. */
  onPartOfFrame?(bytes: Uint8Array, held: number): void
  /** True if the records that follow must wait for `resume`. Asked after each record that is no event. */
  readonly isBusy?: boolean
}

/**
 * Splits a byte stream into records: length u32 (of everything after it) · op u8 · rest.
 *
 * @example
 * const onEvents = (bytes: Uint8Array, start: number, end: number) => {
 *   for (const event of iterateFrames(bytes, start, end)) console.log(event.tag) // a/b
 * }
 * const splitter = new RecordSplitter({ onEvents, onRecord: () => {} }, DEFAULT_MAX_FRAME_BYTES)
 * splitter.push(encodeFrame({ tag: 'a/b', body: encode(1) })) // true
 */
export class RecordSplitter {
  /**
   * Largest frame in bytes, its length field included. It may change at any time, even in a call of the sink.
   */
  maxFrame: number
  /** The same for records of all other ops. */
  maxRecord: number
  readonly #sink: RecordSink
  /** The first `#held` bytes of a record that the last chunk did not complete. */
  #carry: Uint8Array = nothing
  #held = 0
  /** The rest of the last chunk that the busy sink did not take, in memory of its own. */
  #rest: Uint8Array | undefined

  constructor(sink: RecordSink, maxFrame: number, maxRecord = maxFrame) {
    this.#sink = sink
    this.maxFrame = maxFrame
    this.maxRecord = maxRecord
  }

  /**
   * Memory used for the incomplete record: at most twice the bytes received of it, or 4 KiB. There may be more, but what was
   * never written to takes no room.
   */
  get pendingBytes(): number {
    return Math.min(this.#carry.length, Math.max(this.#held * 2, MIN_CARRY))
  }

  /**
   * Passes on all complete records in order. Returns false if the sink is busy: then `resume` must be called, before
   * anything else is pushed. In any case, the caller may use the memory of the chunk again. Throws TCN_FRAME_TOO_LARGE,
   * TCN_FRAME_LENGTH or TCN_PROTOCOL_LENGTH after the records before the faulty one; the stream cannot continue after
   * that.
   */
  push(chunk: Uint8Array): boolean {
    const isInFrame = this.#held > LENGTH_BYTES && this.#carry[LENGTH_BYTES] === EVENT_OP
    const at = this.#held === 0 ? 0 : this.#complete(chunk)
    if (isInFrame && this.#held > 0) this.#sink.onPartOfFrame?.(this.#carry, this.#held)
    if (at > 0 && this.#held === 0 && this.#sink.isBusy) return this.#wait(chunk, at, false)
    return this.#passOn(chunk, at, false)
  }

  /** Continues after `push` or `resume` has returned false, and returns the same. */
  resume(): boolean {
    const rest = this.#rest
    this.#rest = undefined
    return rest === undefined || this.#passOn(rest, 0, true)
  }

  #wait(chunk: Uint8Array, at: number, isOwn: boolean): boolean {
    const rest = chunk.subarray(at)
    this.#rest = isOwn ? rest : new Uint8Array(rest)
    return false
  }

  /** `isOwn`: whether the chunk is a copy that nobody else uses. */
  #passOn(chunk: Uint8Array, start: number, isOwn: boolean): boolean {
    let at = start
    const sink = this.#sink
    let run = at
    let count = 0
    const end = chunk.length
    while (end - at > LENGTH_BYTES) {
      const stop = at + readU32(chunk, at) + LENGTH_BYTES
      const op = chunk[at + LENGTH_BYTES]
      if (this.#isFaulty(stop - at, op)) break
      if (stop > end) break
      if (op === EVENT_OP) {
        count++
      } else {
        if (count > 0) sink.onEvents(chunk, run, at, count)
        count = 0
        run = stop
        sink.onRecord(op, chunk, at + HEAD_BYTES, stop)
        if (stop < end && sink.isBusy) return this.#wait(chunk, stop, isOwn)
      }
      at = stop
    }
    if (count > 0) sink.onEvents(chunk, run, at, count)
    if (at < end) this.#keep(chunk, at)
    return true
  }

  /** Discards the incomplete record: nothing that follows could be understood. */
  drop(): void {
    this.#carry = nothing
    this.#held = 0
    this.#rest = undefined
  }

  #isFaulty(total: number, op: number): boolean {
    return op === EVENT_OP
      ? total > this.maxFrame || total < HEADER_BYTES
      : total > this.maxRecord || total < HEAD_BYTES
  }

  /**
   * Adds to the incomplete record, and passes it on when it is whole. Returns the offset at which the chunk
   * continues.
   */
  #complete(chunk: Uint8Array): number {
    let at = 0
    while (this.#held < HEAD_BYTES && at < chunk.length) this.#carry[this.#held++] = chunk[at++]
    const total = this.#judge(this.#carry, 0, this.#held)
    if (this.#held < HEAD_BYTES) return at
    const take = Math.min(total - this.#held, chunk.length - at)
    this.#reserve(this.#held + take, total)
    this.#carry.set(chunk.subarray(at, at + take), this.#held)
    this.#held += take
    if (this.#held === total) this.#handOnCarry(total)
    return at + take
  }

  #handOnCarry(total: number): void {
    const record = this.#carry
    this.#carry = nothing
    this.#held = 0
    const op = record[LENGTH_BYTES]
    if (op === EVENT_OP) this.#sink.onEvents(record, 0, total, 1)
    else this.#sink.onRecord(op, record, HEAD_BYTES, total)
  }

  #keep(chunk: Uint8Array, at: number): void {
    const held = chunk.length - at
    const total = this.#judge(chunk, at, held)
    this.#reserve(held, total)
    this.#carry.set(chunk.subarray(at), 0)
    this.#held = held
  }

  /**
   * Size of the record of which `held` bytes have arrived; HEAD_BYTES while that is unknown. Throws if it is
   * faulty.
   */
  #judge(bytes: Uint8Array, at: number, held: number): number {
    if (held < LENGTH_BYTES) return HEAD_BYTES
    const total = readU32(bytes, at) + LENGTH_BYTES
    if (total < HEAD_BYTES) throw new TocsinError('TCN_PROTOCOL_LENGTH', 'a record without an op')
    if (held < HEAD_BYTES) return HEAD_BYTES
    const isFrame = bytes[at + LENGTH_BYTES] === EVENT_OP
    const limit = isFrame ? this.maxFrame : this.maxRecord
    if (total > limit) throw tooLarge(isFrame, total, limit)
    if (isFrame && total < HEADER_BYTES) {
      throw new TocsinError('TCN_FRAME_LENGTH', `a frame of ${total} bytes is shorter than its header`)
    }
    return total
  }

  /**
   * Grows with the bytes received, so that a length that is only claimed takes no memory. There is memory for all of the
   * record once a part of it has arrived: to copy much of it again would take long, and leave as much for the collector.
   */
  #reserve(needed: number, total: number): void {
    if (needed <= this.#carry.length) return
    const larger = Math.max(needed * 2, MIN_CARRY)
    const grown = new Uint8Array(larger * CERTAIN_SHARE < total ? larger : total)
    grown.set(this.#carry.subarray(0, this.#held))
    this.#carry = grown
  }
}

const LENGTH_BYTES = 4
const HEAD_BYTES = 5
const MIN_CARRY = 4096
/** A record is expected to come whole when a sixteenth of it has arrived. */
const CERTAIN_SHARE = 8
const nothing = new Uint8Array(0)

function tooLarge(isFrame: boolean, bytes: number, limit: number): TocsinError {
  return new TocsinError(
    isFrame ? 'TCN_FRAME_TOO_LARGE' : 'TCN_PROTOCOL_LENGTH',
    `a ${isFrame ? 'frame' : 'record'} of ${bytes} bytes is larger than the ${limit} allowed`,
    { details: { bytes, limit } },
  )
}
