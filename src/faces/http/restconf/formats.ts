import type { Format } from '../../../bus/sink.js'
import { type Event, iterateFrames } from '../../../event/event.js'
import { isLong } from '../../../incremental/long-text.js'
import { eventText, missingText, notificationText } from '../../../protocols/netconf/server/notification.js'
import type { Encoding } from '../../../protocols/restconf/codec/streams.js'
import { eventJson, missingJson } from '../../../protocols/restconf/server/notification.js'
import type { TypeOfFrame } from '../../shared/streams/event-type.js'
import { sseBytes } from '../../web/sse.js'

/** The events of a stream in one encoding, as blocks of server-sent events. */
export interface NotificationBlocks {
  readonly format: Format
  missing(time: number, from: number, to: number, reason: string): Uint8Array
  /** A comment: all of the past has been sent. */
  readonly live: Uint8Array
}

/** Subscribers with the same encoding, in the same version of HTTP, share the bytes. */
export function notificationBlocks(
  encoding: Encoding,
  chunked: boolean,
  typeOf: TypeOfFrame,
): NotificationBlocks {
  const { ofEvent, ofMissing } = texts[encoding]
  const ofAny = (event: Event) =>
    isLong(event)
      ? ofMissing(event.time, event.seq, event.seq, 'too large')
      : ofEvent(event, typeOf(event.bytes, event.at))
  return {
    format: {
      name: `restconf-${encoding}${chunked ? '-chunked' : ''}`,
      encode(frames) {
        let blocks = ''
        for (const event of iterateFrames(frames)) blocks += block(ofAny(event))
        return sseBytes(blocks, chunked)
      },
    },
    live: sseBytes(': live\n\n', chunked),
    missing: (...gap) => sseBytes(block(ofMissing(...gap)), chunked),
  }
}

/** Neither encoding has line breaks in it. */
function block(text: string): string {
  return `data: ${text}\n\n`
}

interface Texts {
  ofEvent(event: Event, type: string): string
  ofMissing(time: number, from: number, to: number, reason: string): string
}

const texts: Readonly<Record<Encoding, Texts>> = {
  json: { ofEvent: eventJson, ofMissing: missingJson },
  xml: {
    ofEvent: eventText,
    ofMissing: (time, from, to, reason) => notificationText(time, missingText(from, to, reason)),
  },
}
