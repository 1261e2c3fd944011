import { TocsinError } from '../../../event/errors.js'
import { LARGEST_FRAME_BYTES } from '../../../event/frame.js'
import { bytesAt, kindAt, textLength } from '../../../event/msgpack/find.js'
import { readLength, walkValue } from '../../../event/msgpack/walk.js'
import { ValueScanner } from './scanner.js'

/**
 * The frame on Salt's sockets: one msgpack map, frames simply follow each other.
 *
 *   { "head": {}, "body": <bin: tag 0A 0A msgpack map> }
 *
 * It is always written as `82 A4 head 80 A4 body C4|C5|C6 …`. Read are also: the keys in any order and as bytes, a
 * body that is text (buses of 2016), a head with content or none.
 */
export interface FrameSink {
  /** One event body in [start, end). `isText`: it came as text, as modern senders never do. */
  onBody(bytes: Uint8Array, start: number, end: number, isText: boolean): void
  /** A whole value that is no frame; the stream goes on behind it. */
  onFault(fault: FrameFault): void
}

export type FrameFault = 'not a map' | 'no body' | 'a body that is neither bytes nor text'

/** What every frame begins with that is written here or by any Salt from 2017 on. */
const PREFIX = Uint8Array.of(0x82, 0xa4, 0x68, 0x65, 0x61, 0x64, 0x80, 0xa4, 0x62, 0x6f, 0x64, 0x79)
const LONGEST_HEAD = PREFIX.length + 5
const BIN8 = 0xc4
const SMALLEST_CARRY = 4096
const nothing = new Uint8Array(0)

/**
 * Takes a byte stream apart into event bodies. What it hands on is the chunk pushed, or memory made for the one
 * frame that was split between chunks; both stay as they are for as long as the caller leaves the chunk alone.
 */
export class FrameSplitter {
  readonly #sink: FrameSink
  readonly #maxFrame: number
  readonly #scanner = new ValueScanner()
  /** Beginning of the frame that the last chunk cut, the first `#held` bytes of it. */
  #carry: Uint8Array = nothing
  #held = 0

  constructor(sink: FrameSink, maxFrame = LARGEST_FRAME_BYTES) {
    this.#sink = sink
    this.#maxFrame = maxFrame
  }

  /** Bytes received of a frame that is not complete. */
  get heldBytes(): number {
    return this.#held
  }

  /** Memory taken by that frame; at most twice what was received of it, or 4 KiB. */
  get pendingBytes(): number {
    return this.#carry.length
  }

  /**
   * Hands on all frames that are complete, in order. Throws TCN_FRAME_TOO_LARGE, TCN_BODY_INVALID or
   * TCN_BODY_DEPTH where nobody can tell any more where the next frame begins; the stream is over then.
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

  /** Adds to the frame carried over; hands it on when it is whole. Returns where the chunk goes on. */
  #complete(chunk: Uint8Array): number {
    let at = 0
    const scanner = this.#scanner
    while (at < chunk.length) {
      // What is surely still part of the frame; a byte more than that might not be.
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

  /** Grows with what has come, so that a length that is only claimed takes no memory. */
  #append(chunk: Uint8Array, from: number, to: number): void {
    const needed = this.#held + to - from
    if (needed > this.#carry.length) {
      const size = Math.max(Math.min(this.#maxFrame, needed * 2), needed, SMALLEST_CARRY)
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

/** Where a frame in the usual form ends, if all of it is there; else 0. */
function usualEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at + LONGEST_HEAD > end) return 0
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

/** Position of the value under the key `body`, text or bytes; of several the last one counts. */
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

/** Bytes of the frame around a body of this length. */
export function framedBytes(bodyBytes: number): number {
  return PREFIX.length + 1 + lengthBytes(bodyBytes) + bodyBytes
}

function lengthBytes(bodyBytes: number): 1 | 2 | 4 {
  if (bodyBytes < 0x100) return 1
  return bodyBytes < 0x1_0000 ? 2 : 4
}

/** Writes what stands before the body. Returns where the body goes. */
export function writeFrameHead(bytes: Uint8Array, at: number, bodyBytes: number): number {
  for (let index = 0; index < PREFIX.length; index++) bytes[at + index] = PREFIX[index]
  const wide = lengthBytes(bodyBytes)
  let next = at + PREFIX.length
  bytes[next++] = BIN8 + (wide >> 1)
  for (let shift = (wide - 1) * 8; shift >= 0; shift -= 8) bytes[next++] = bodyBytes >>> shift
  return next
}

/** The frame in memory of its own. */
export function encodeFrame(body: Uint8Array): Uint8Array<ArrayBuffer> {
  if (framedBytes(body.length) > LARGEST_FRAME_BYTES) {
    throw new TocsinError('TCN_FRAME_TOO_LARGE', 'the event takes more than the 64 MiB of the largest frame')
  }
  const frame = new Uint8Array(framedBytes(body.length))
  frame.set(body, writeFrameHead(frame, 0, body.length))
  return frame
}
