import type { Format } from '../../bus/sink.js'
import { Event, iterateFrames } from '../../event/event.js'
import { isLong } from '../../incremental/long-text.js'
import { framedText } from '../../protocols/netconf/codec/framing.js'
import { eventText, missingText, notificationText } from '../../protocols/netconf/server/notification.js'
import type { TypeOfFrame } from '../shared/streams/event-type.js'

/** The two ways in which messages are framed: in chunks with base 1.1, and up to a mark with base 1.0. */
export interface NotificationFormats {
  readonly chunked: Format
  readonly marked: Format
}

/** Events as notifications. Subscribers that frame them in the same way share the bytes. */
export function notificationFormats(typeOf: TypeOfFrame): NotificationFormats {
  return { chunked: formatOf('netconf-1.1', true, typeOf), marked: formatOf('netconf-1.0', false, typeOf) }
}

/** Returns whether the text of the event can be made at once; those of others are reported as missing. */
export function fitsNotification(frames: Uint8Array, at: number): boolean {
  return !isLong(new Event(frames, at))
}

function formatOf(name: string, isChunked: boolean, typeOf: TypeOfFrame): Format {
  return {
    name,
    encode(frames) {
      let text = ''
      for (const event of iterateFrames(frames)) {
        const message = isLong(event)
          ? notificationText(event.time, missingText(event.seq, event.seq, 'too large'))
          : eventText(event, typeOf(event.bytes, event.at))
        text += framedText(message, isChunked)
      }
      return Buffer.from(text)
    },
  }
}
