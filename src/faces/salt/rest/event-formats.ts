import type { EndReason, Format, SubscriberStatus } from '../../../bus/sink.js'
import { formatCursor } from '../../../event/cursor.js'
import { type Event, iterateFrames } from '../../../event/event.js'
import { sseBytes } from '../../formats/sse.js'
import { textFrames } from '../../formats/websocket-frame.js'
import type { StreamVoice } from '../../web/event-stream.js'
import { eventJson } from './event-json.js'

/** How a stream of `GET /events` is written. */
export interface EventsForm {
  /** Chunks of HTTP/1.1 */
  chunked: boolean
  /** Asked for by `Last-Event-ID` or `from`; without it the bytes are those of Salt. */
  ids: boolean
}

/**
 * An event is `tag: <tag>` and `data: {"data": …, "tag": …}`, each a chunk of its own; with ids there is an `id:`
 * before them.
 */
export function eventsFormat(epoch: string, { chunked, ids }: EventsForm): Format {
  return {
    name: `salt-events${chunked ? '-chunked' : ''}${ids ? '-ids' : ''}`,
    encode(frames) {
      const pieces: Uint8Array[] = []
      for (const event of iterateFrames(frames)) {
        const id = ids && !event.synthetic ? `id: ${event.cursor(epoch)}\n` : ''
        pieces.push(sseBytes(`${id}tag: ${event.tag}\n`, chunked))
        pieces.push(sseBytes(`data: ${eventJson(event)}\n\n`, chunked))
      }
      return Buffer.concat(pieces)
    },
  }
}

/** Salt says nothing but events: only who asked for ids hears of gaps and positions. */
export function eventsVoice(epoch: string, ids: boolean): StreamVoice {
  return {
    opening: 'retry: 400\n',
    status: (status) => (ids ? spoken(status, epoch) : ''),
    end: (reason) => (ids ? endBlock(reason) : ''),
  }
}

function spoken(status: SubscriberStatus, epoch: string): string {
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

/** A message of `/ws` is `data: {…}` and an empty line. */
export const webSocketFormat: Format = {
  name: 'salt-ws',
  encode(frames) {
    const texts: string[] = []
    for (const event of iterateFrames(frames)) texts.push(messageOf(event))
    return textFrames(texts)
  },
}

function messageOf(event: Event): string {
  return `data: ${eventJson(event)}\n\n`
}
