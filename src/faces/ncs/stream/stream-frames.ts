import { encodeFrame, Flag, frameBytes, frameTime, MAX_FRAME_BYTES } from '../../../event/frame.js'
import { encode } from '../../../event/msgpack/encoder.js'
import { elementName } from '../../../filter/xpath/view.js'
import { NOTIF_STREAM_EVENT, STREAM_NOTIFICATION_EVENT } from '../../../protocols/ncs/constants/events.js'
import type { TypeOfFrame } from '../../shared/streams/event-type.js'

/** Size of an event that fits into a notification, whatever the name of its element is. */
export const MAX_EVENT_BYTES = MAX_FRAME_BYTES - 64 * 1024

/** Makes notifications that have an event of a stream within them: { type: 1, element: "host.load", event: <its frame> }. */
export class StreamFrames {
  readonly #source: string
  readonly #typeOf: TypeOfFrame

  constructor(source: string, typeOf: TypeOfFrame) {
    this.#source = source
    this.#typeOf = typeOf
  }

  /** Makes the notifications of whole frames, back to back. */
  wrap(frames: Uint8Array): Uint8Array[] {
    const notifications: Uint8Array[] = []
    for (let at = 0; at < frames.length; ) {
      const end = at + frameBytes(frames, at)
      notifications.push(this.#notification(this.#typeOf(frames, at), frames.subarray(at, end)))
      at = end
    }
    return notifications
  }

  /** The notification of an event that the hub has made up for the stream. */
  made(tag: string, type: string, data: unknown, time: number): Uint8Array {
    const event = { tag, body: encode(data), source: this.#source, flags: Flag.synthetic, time }
    return this.#notification(type, encodeFrame(event))
  }

  #notification(type: string, event: Uint8Array): Uint8Array {
    const body = encode({ type: STREAM_NOTIFICATION_EVENT, element: elementName(type), event })
    const parts = { kind: NOTIF_STREAM_EVENT, flags: Flag.synthetic, source: this.#source, body }
    return encodeFrame({ tag: 'ncs/stream_event', ...parts, time: frameTime(event, 0) })
  }
}
