import type { Attributes } from '../event/attributes.js'
import { copyBytes } from '../event/copy-bytes.js'
import { formatCursor } from '../event/cursor.js'
import {
  attributesLength,
  attributesStart,
  frameBytes,
  frameSeq,
  frameTime,
  MAX_ATTRIBUTES_BYTES,
  setFrameFlags,
  setFrameTime,
} from '../event/frame.js'
import { copiedAttributesStart, copyAroundAttributes } from '../event/frame-attributes.js'
import { decode } from '../event/msgpack/decoder.js'
import { encode } from '../event/msgpack/encoder.js'
import { formatTime } from '../event/position.js'
import type { SeqRange } from '../log/event-log.js'
import { forwardedAttributes, PATH_ATTRIBUTE, pathOnward } from '../protocols/native/event-path.js'

export interface OutgoingOptions {
  /** Epoch of the own log. */
  from: string
  /** Epoch of the log there. */
  to: string
  /** The largest frame that is accepted there, bytes. */
  largestFrame: number
}

/** The outcome of a number of frames. */
export interface Outgoing {
  /** The frames to send, back to back. The seq of each is its counter. */
  bytes: Uint8Array
  count: number
  /** Seq of the last frame that was looked at, and of the last one to send (0: none). */
  lastSeq: number
  lastCounter: number
  /** Time of the first one to send, µs since the epoch. */
  time: number
  /** Number of frames that are left out because they come from the other hub, or were here before. */
  returned: number
  /** Number of frames that are too large with what is added to them. */
  tooLarge: number
  /** The range that they are in. */
  tooLargeIn: SeqRange | undefined
  /** Frames that have waited too long. */
  expired: SeqRange | undefined
  /** The frame at which something was thrown, and all that come after it. */
  failed: FailedFrame | undefined
}

export interface FailedFrame {
  seq: number
  frame: Uint8Array
  thrown: unknown
  rest: Uint8Array[]
}

/** Attributes that every forwarded event has in addition: `id`, `time` and its path, with their heads. */
const ADDED_BYTES = 128
const FIXMAP = 0x80

/** Copies frames of the log as they are, except for attributes that say where and when they come from. */
export class Outbox {
  readonly #options: OutgoingOptions
  /** The path of events that have been in no other log. */
  readonly #ownPath: string
  #bytes: Buffer = Buffer.alloc(0)
  #end = 0

  constructor(options: OutgoingOptions) {
    this.#options = options
    this.#ownPath = options.from
  }

  /** Frames whose time is before `oldest` are left out. */
  take(pieces: readonly Uint8Array[], oldest: number): Outgoing {
    this.#bytes = Buffer.allocUnsafeSlow(roomFor(pieces))
    this.#end = 0
    const outgoing: Outgoing = {
      bytes: this.#bytes,
      count: 0,
      lastSeq: 0,
      lastCounter: 0,
      time: 0,
      returned: 0,
      tooLarge: 0,
      tooLargeIn: undefined,
      expired: undefined,
      failed: undefined,
    }
    for (const [index, piece] of pieces.entries()) {
      outgoing.failed = this.#addAll(outgoing, piece, oldest)
      outgoing.failed?.rest.push(...pieces.slice(index + 1))
      if (outgoing.failed !== undefined) break
    }
    outgoing.bytes = this.#bytes.subarray(0, this.#end)
    return outgoing
  }

  #addAll(outgoing: Outgoing, piece: Uint8Array, oldest: number): FailedFrame | undefined {
    let at = 0
    let end = this.#end
    try {
      for (; at < piece.length; at += frameBytes(piece, at)) {
        end = this.#end
        this.#add(outgoing, piece, at, oldest)
        outgoing.lastSeq = frameSeq(piece, at)
      }
      return undefined
    } catch (thrown) {
      this.#end = end
      const next = at + frameBytes(piece, at)
      return {
        seq: frameSeq(piece, at),
        frame: copyBytes(piece, at, next),
        thrown,
        rest: [piece.subarray(next)],
      }
    }
  }

  #add(outgoing: Outgoing, bytes: Uint8Array, at: number, oldest: number): void {
    const seq = frameSeq(bytes, at)
    if (frameTime(bytes, at) < oldest) {
      outgoing.expired = rangeWith(outgoing.expired, seq)
      return
    }
    const start = this.#end
    const added = attributesLength(bytes, at) === 0 ? this.#copyPlain(bytes, at) : this.#copy(bytes, at)
    if (added === undefined) {
      outgoing.returned++
    } else if (!added || this.#end - start > this.#options.largestFrame) {
      this.#end = start
      outgoing.tooLarge++
      outgoing.tooLargeIn = rangeWith(outgoing.tooLargeIn, seq)
    } else {
      if (outgoing.count++ === 0) outgoing.time = frameTime(bytes, at)
      outgoing.lastCounter = seq
    }
  }

  /** Most events have no attributes. Their new ones are written without making an object. */
  #copyPlain(bytes: Uint8Array, at: number): true {
    const out = this.#bytes
    const attributes = copiedAttributesStart(bytes, at, this.#end)
    let end = attributes
    out[end++] = FIXMAP | 3
    end = writeText(out, end, 'id')
    end = writeText(out, end, formatCursor(this.#options.from, frameSeq(bytes, at)))
    end = writeText(out, end, 'time')
    end = writeText(out, end, formatTime(frameTime(bytes, at)))
    end = writeText(out, end, PATH_ATTRIBUTE)
    end = writeText(out, end, this.#ownPath)
    this.#copyRest(bytes, at, end - attributes)
    return true
  }

  /** Undefined if the event must not go there; false if its attributes have no room for more. */
  #copy(bytes: Uint8Array, at: number): boolean | undefined {
    const { from, to } = this.#options
    const start = attributesStart(bytes, at)
    const given = decode(bytes, start, start + attributesLength(bytes, at)) as Attributes
    const path = pathOnward(given[PATH_ATTRIBUTE], from, to)
    if (path === undefined) return undefined
    const place = { epoch: from, seq: frameSeq(bytes, at), time: frameTime(bytes, at) }
    const attributes = encode(forwardedAttributes(given, place, path))
    const room = attributesLength(bytes, at) + ADDED_BYTES
    if (attributes.length > Math.min(room, MAX_ATTRIBUTES_BYTES)) return false
    this.#bytes.set(attributes, copiedAttributesStart(bytes, at, this.#end))
    this.#copyRest(bytes, at, attributes.length)
    return true
  }

  /** Everything but the attributes, which are in place. */
  #copyRest(bytes: Uint8Array, at: number, attributesBytes: number): void {
    const start = this.#end
    this.#end = copyAroundAttributes(bytes, at, this.#bytes, start, attributesBytes)
    setFrameFlags(this.#bytes, start, 0)
    setFrameTime(this.#bytes, start, 0)
  }
}

function rangeWith(range: SeqRange | undefined, seq: number): SeqRange {
  return { from: range?.from ?? seq, to: seq }
}

function roomFor(pieces: readonly Uint8Array[]): number {
  let room = 0
  for (const piece of pieces) {
    room += piece.length
    for (let at = 0; at < piece.length; at += frameBytes(piece, at)) room += ADDED_BYTES
  }
  return room
}

/** ASCII of less than 32 bytes, or less than 256. */
function writeText(out: Buffer, at: number, text: string): number {
  const { length } = text
  if (length < 32) out[at++] = 0xa0 | length
  else {
    out[at++] = 0xd9
    out[at++] = length
  }
  out.write(text, at, 'latin1')
  return at + length
}
