import { TocsinError } from '../../../errors/tocsin-error.js'
import { MAX_FRAME_BYTES } from '../../../event/frame.js'
import { bytesAt, kindAt, textLength } from '../../../event/msgpack/find.js'
import { readLength, walkValue } from '../../../event/msgpack/walk.js'
import { ValueScanner } from './scanner.js'

/**
 * A frame on Salt's sockets is one msgpack map. Frames follow each other without separators.
 *
 *   { "head": {}, "body": <bin: tag 0A 0A msgpack map> }
 *
 * It is always written as `82 A4 head 80 A4 body C4|C5|C6 …`. The splitter also accepts the keys in any order and as
 * bytes, a body that is text (as in buses of 2016), and a head with content or without.
 */
export interface FrameSink {
  /** One event body in [start, end). `isText`: it was sent as text, which current versions never do. */
  onBody(bytes: Uint8Array, start: number, end: number, isText: boolean): void
  /** A complete value that is not a frame; the stream continues after it. */
  onFault(fault: FrameFault): void
}

export type FrameFault = 'not a map' | 'no body' | 'a body that is neither bytes nor text'

/** The beginning of every frame that is written here or by any Salt since 2017. */
const PREFIX = Uint8Array.of(0x82, 0xa4, 0x68, 0x65, 0x61, 0x64, 0x80, 0xa4, 0x62, 0x6f, 0x64, 0x79)
const MAX_HEAD_LENGTH = PREFIX.length + 5
const BIN8 = 0xc4
const MIN_CARRY = 4096
const nothing = new Uint8Array(0)

/**
 * Splits a byte stream into event bodies. The bytes that it hands on belong to the pushed chunk, or to memory made for
 * a frame that was divided between chunks. They remain valid as long as the caller does not change the chunk.
 */
export class FrameSplitter {
  readonly #sink: FrameSink
  readonly #maxFrame: number
  readonly #scanner = new ValueScanner()
  /** The frame that the last chunk left incomplete; its first `#held` bytes are valid. */
  #carry: Uint8Array = nothing
  #held = 0

  constructor(sink: FrameSink, maxFrame = MAX_FRAME_BYTES) {
    this.#sink = sink
    this.#maxFrame = maxFrame
  }

  /** Bytes received of an incomplete frame. */
  get heldBytes(): number {
    return this.#held
  }

  /** Memory used by that frame: at most twice its received bytes, or 4 KiB. */
  get pendingBytes(): number {
    return this.#carry.length
  }

  /**
   * Hands on all complete frames in order. Throws TCN_FRAME_TOO_LARGE, TCN_BODY_INVALID or TCN_BODY_DEPTH if the
   * beginning of the next frame cannot be determined; the rest of the stream is unusable then.
   */
  push(chunk: Uint8Array): void {
    let at = this.#held === 0 ? 0 : this.#complete(chunk)
    const end = chunk.length
    while (at < end) {
      const next = usualEnd(chunk, at, end)
      if (next > 0 && next - at <= this.#maxFrame) {
        this.#sink.onBody(chunk, at + headBytes(chunk[at + PREFIX.length]), next, false)
        at = next
        continue
      }
      this.#scanner.restart()
      if (!this.#scanner.scan(chunk, at, end, this.#maxFrame)) {
        this.#append(chunk, at, end)
        return
      }
      const stop = at + this.#scanner.reached
      this.#handOn(chunk, at, stop)
      at = stop
    }
  }

  /** Completes the frame left over from earlier chunks. Returns the offset of the next frame in this chunk. */
  #complete(chunk: Uint8Array): number {
    let at = 0
    const scanner = this.#scanner
    while (at < chunk.length) {
      // Take only bytes that certainly belong to the frame; one byte more could belong to the next.
      const wanted = Math.max(scanner.reached, this.#held + 1)
      const take = Math.min(wanted - this.#held, chunk.length - at)
      this.#append(chunk, at, at + take)
      at += take
      if (this.#held < wanted) return at
      if (scanner.scan(this.#carry, 0, this.#held, this.#maxFrame)) {
        const frame = this.#carry
        const size = this.#held
        this.#carry = nothing
        this.#held = 0
        this.#handOn(frame, 0, size)
        return at
      }
    }
    return at
  }

  /** Grows with the bytes received, so that a length that is only claimed uses no memory. */
  #append(chunk: Uint8Array, from: number, to: number): void {
    const needed = this.#held + to - from
    if (needed > this.#carry.length) {
      const size = Math.max(Math.min(this.#maxFrame, needed * 2), needed, MIN_CARRY)
      const grown = new Uint8Array(size)
      grown.set(this.#carry.subarray(0, this.#held))
      this.#carry = grown
    }
    this.#carry.set(chunk.subarray(from, to), this.#held)
    this.#held = needed
  }

  #handOn(bytes: Uint8Array, start: number, end: number): void {
    const fault = this.#takeBody(bytes, start, end)
    if (fault !== undefined) this.#sink.onFault(fault)
  }

  #takeBody(bytes: Uint8Array, start: number, end: number): FrameFault | undefined {
    if (kindAt(bytes, start) !== 'map') return 'not a map'
    const at = findBody(bytes, start, end)
    if (at < 0) return 'no body'
    const body = bytesAt(bytes, at)
    if (body === undefined) return 'a body that is neither bytes nor text'
    const stop = walkValue(bytes, at, end)
    this.#sink.onBody(bytes, stop - body.length, stop, textLength(bytes, at) >= 0)
    return undefined
  }
}

/** End of a frame in the usual form; 0 if the frame has another form or is incomplete. */
function usualEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at + MAX_HEAD_LENGTH > end) return 0
  for (let index = 0; index < PREFIX.length; index++) if (bytes[at + index] !== PREFIX[index]) return 0
  const lead = bytes[at + PREFIX.length]
  if (lead < BIN8 || lead > BIN8 + 2) return 0
  const head = headBytes(lead)
  const stop = at + head + readLength(bytes, at + PREFIX.length + 1, head - PREFIX.length - 1)
  return stop <= end ? stop : 0
}

function headBytes(lead: number): number {
  return PREFIX.length + 1 + (1 << (lead - BIN8))
}

/** Offset of the value under the key `body`; -1 if there is none. If the key is repeated, the last one counts. */
function findBody(bytes: Uint8Array, start: number, end: number): number {
  const lead = bytes[start]
  const wide = lead === 0xde ? 2 : lead === 0xdf ? 4 : 0
  let entries = wide === 0 ? lead & 0x0f : readLength(bytes, start + 1, wide)
  let at = start + 1 + wide
  let found = -1
  while (entries-- > 0) {
    const value = walkValue(bytes, at, end)
    if (isBodyKey(bytesAt(bytes, at))) found = value
    at = walkValue(bytes, value, end)
  }
  return found
}

function isBodyKey(key: Uint8Array | undefined): boolean {
  return (
    key?.length === 4 && key[0] === 0x62 && key[1] === 0x6f && key[2] === 0x64 && key[3] === 0x79 // "body"
  )
}

/** Size in bytes of a frame with a body of this length. */
export function framedBytes(bodyBytes: number): number {
  return PREFIX.length + 1 + lengthBytes(bodyBytes) + bodyBytes
}

function lengthBytes(bodyBytes: number): 1 | 2 | 4 {
  if (bodyBytes < 0x100) return 1
  return bodyBytes < 0x1_0000 ? 2 : 4
}

/** Writes everything before the body. Returns the offset of the body. */
export function writeFrameHead(bytes: Uint8Array, at: number, bodyBytes: number): number {
  for (let index = 0; index < PREFIX.length; index++) bytes[at + index] = PREFIX[index]
  const wide = lengthBytes(bodyBytes)
  let next = at + PREFIX.length
  bytes[next++] = BIN8 + (wide >> 1)
  for (let shift = (wide - 1) * 8; shift >= 0; shift -= 8) bytes[next++] = bodyBytes >>> shift
  return next
}

/** The frame of a body, in new memory. */
export function encodeFrame(body: Uint8Array): Uint8Array<ArrayBuffer> {
  if (framedBytes(body.length) > MAX_FRAME_BYTES) {
    throw new TocsinError('TCN_FRAME_TOO_LARGE', 'the event does not fit into a frame of 64 MiB')
  }
  const frame = new Uint8Array(framedBytes(body.length))
  frame.set(body, writeFrameHead(frame, 0, body.length))
  return frame
}
