import type { EndReason, Format, SubscriberStatus } from '../../../bus/sink.js'
import { formatCursor } from '../../../event/cursor.js'
import { Event, iterateFrames } from '../../../event/event.js'
import type { LongTexts } from '../../../incremental/long-text.js'
import { longBlock, type StreamTexts, sseBytes } from '../../web/sse.js'
import { textFrames } from '../../web/websocket/frame.js'
import { longMessage } from '../../web/websocket/long-message.js'
import { eventJson } from './event-json.js'

/** The encoding of a stream of `GET /events`. */
export interface EventsForm {
  /** True if the body is sent in chunks (HTTP/1.1). */
  chunked: boolean
  /** True if events have ids: only with `Last-Event-ID` or `from`. Without them the bytes are those of Salt. */
  ids: boolean
}

/** An event is `tag: <tag>` and `data: {"data": …, "tag": …}`, each in its own chunk. With ids, `id:` comes first. */
export function eventsFormat(epoch: string, { chunked, ids }: EventsForm, texts: LongTexts): Format {
  const opening = (event: Event): string => {
    const id = ids && !event.synthetic ? `id: ${event.cursorIn(epoch)}\n` : ''
    return `${id}tag: ${inOneLine(event.tag)}\n`
  }
  return {
    name: `salt-events${chunked ? '-chunked' : ''}${ids ? '-ids' : ''}`,
    encode(frames) {
      const pieces: Uint8Array[] = []
      for (const event of iterateFrames(frames)) {
        pieces.push(sseBytes(opening(event), chunked))
        pieces.push(sseBytes(`data: ${eventJson(event)}\n\n`, chunked))
      }
      return Buffer.concat(pieces)
    },
    long(frame) {
      const event = new Event(frame)
      const text = texts.of(event)
      return text && { bytes: frame.length, steps: () => longBlock(`${opening(event)}data: `, text, chunked) }
    },
  }
}

/** Line breaks, with which a tag could begin a block of its own, as in JSON. The data has the tag as it is. */
function inOneLine(tag: string): string {
  return tag.replace(/[\r\n]/g, (end) => (end === '\n' ? '\\n' : '\\r'))
}

/** The texts of Salt's streams. Clients that did not ask for ids receive only events: no gaps and no positions. */
export function eventsTexts(epoch: string, ids: boolean): StreamTexts {
  return {
    opening: 'retry: 400\n',
    status: (status) => (ids ? statusBlock(status, epoch) : ''),
    end: (reason) => (ids ? endBlock(reason) : ''),
  }
}

function statusBlock(status: SubscriberStatus, epoch: string): string {
  switch (status.type) {
    case 'position':
      return `:\nid: ${formatCursor(epoch, status.seq)}\n\n`
    case 'gap': {
      const { from, to, reason, next } = status
      const id = formatCursor(epoch, next)
      return `event: gap\nid: ${id}\ndata: ${JSON.stringify({ from, to, reason, cursor: id })}\n\n`
    }
    default:
      return ''
  }
}

function endBlock({ code, message }: Pick<EndReason, 'code' | 'message'>): string {
  return `event: end\ndata: ${JSON.stringify({ code, message })}\n\n`
}

/** A message of `/ws` is `data: {…}` followed by an empty line. */
export function webSocketFormat(texts: LongTexts): Format {
  return {
    name: 'salt-ws',
    encode(frames) {
      const messages: string[] = []
      for (const event of iterateFrames(frames)) messages.push(`data: ${eventJson(event)}\n\n`)
      return textFrames(messages)
    },
    long(frame) {
      const text = texts.of(new Event(frame))
      return text && { bytes: frame.length, steps: () => longMessage('data: ', text, '\n\n') }
    },
  }
}
