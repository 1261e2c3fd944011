import { encodeFrame, Flag, frameBytes, MAX_FRAME_BYTES, writeU32 } from '../../../../event/frame.js'
import { encode } from '../../../../event/msgpack/encoder.js'
import { elementName } from '../../../../filter/xpath/view.js'
import { NOTIF_STREAM_EVENT, STREAM_NOTIFICATION_EVENT } from '../../../../protocols/ncs/constants/events.js'
import type { TypeOfFrame } from './event-type.js'

/** Where the time is in the header of a frame. */
const TIME_AT = 16
const TIME_BYTES = 8
const LENGTH_BYTES = 4
/** The key `event`, and the first byte of a bin with a length of 32 bits. */
const EVENT_KEY = Uint8Array.of(0xa5, 0x65, 0x76, 0x65, 0x6e, 0x74, 0xc6)
/** Element names whose beginnings are kept. */
const MAX_HEADS = 1000

/** What an event may have so that it fits into a notification, whatever the name of its element is. */
export const MAX_EVENT_BYTES = MAX_FRAME_BYTES - 64 * 1024

/**
 * Makes notifications of the events of a stream. The frame of the event is in them as it is, and readers make the values
 * of it, so that the hub decodes nothing: body = { type: 1, element: "host.load", event: <the frame> }.
 */
export class StreamFrames {
  readonly #source: string
  readonly #typeOf: TypeOfFrame
  /** What comes before the event in a notification, by the type of the event. */
  readonly #heads = new Map<string, Uint8Array>()

  constructor(source: string, typeOf: TypeOfFrame) {
    this.#source = source
    this.#typeOf = typeOf
  }

  /** Makes the notifications of whole frames, back to back, in memory of their own. */
  wrap(frames: Uint8Array): Uint8Array {
    const heads: Uint8Array[] = []
    let bytes = frames.length
    for (let at = 0; at < frames.length; at += frameBytes(frames, at)) {
      const head = this.#headOf(this.#typeOf(frames, at))
      heads.push(head)
      bytes += head.length
    }
    return join(heads, frames, Buffer.allocUnsafeSlow(bytes))
  }

  /** The notification of an event that the hub has made up for the stream. */
  made(tag: string, type: string, data: unknown, time: number): Uint8Array {
    const event = { tag, body: encode(data), source: this.#source, flags: Flag.synthetic, time }
    return join([this.#headOf(type)], encodeFrame(event))
  }

  #headOf(type: string): Uint8Array {
    const known = this.#heads.get(type)
    if (known !== undefined) return known
    const head = this.#newHead(elementName(type))
    if (this.#heads.size >= MAX_HEADS) this.#heads.clear()
    this.#heads.set(type, head)
    return head
  }

  #newHead(element: string): Uint8Array {
    const body = Buffer.concat([
      encode({ type: STREAM_NOTIFICATION_EVENT, element }),
      EVENT_KEY,
      Buffer.alloc(LENGTH_BYTES),
    ])
    // The map has a third key.
    body[0]++
    const parts = { kind: NOTIF_STREAM_EVENT, flags: Flag.synthetic, source: this.#source, body }
    return encodeFrame({ tag: 'ncs/stream_event', ...parts })
  }
}

/**
 * Puts a head before each frame. The frames are first put at the end of the memory, and moved from there: that needs no
 * view of each of them, and what is written never reaches what has yet to be moved.
 */
function join(
  heads: readonly Uint8Array[],
  frames: Uint8Array,
  output = new Uint8Array(heads[0].length + frames.length),
): Uint8Array {
  let from = output.length - frames.length
  let to = 0
  output.set(frames, from)
  for (let nth = 0; nth < heads.length; nth++) {
    const length = frameBytes(output, from)
    const event = to + heads[nth].length
    output.copyWithin(event, from, from + length)
    output.set(heads[nth], to)
    writeU32(output, to, event + length - to - LENGTH_BYTES)
    output.copyWithin(to + TIME_AT, event + TIME_AT, event + TIME_AT + TIME_BYTES)
    writeBigEndian(output, event - LENGTH_BYTES, length)
    from += length
    to = event + length
  }
  return output
}

function writeBigEndian(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}
