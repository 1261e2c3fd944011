import type { EndReason, Format, SubscriberStatus } from '../../../bus/sink.js'
import { formatCursor } from '../../../event/cursor.js'
import { type Event, iterateFrames } from '../../../event/event.js'
import { bodyStart } from '../../../event/frame.js'
import { compilePath, find, kindAt } from '../../../event/msgpack/find.js'
import { msgpackToPythonJson } from '../../../protocols/salt/codec/msgpack-to-python-json.js'
import { isoformat } from '../../../protocols/salt/codec/python-datetime.js'
import { pythonJson } from '../../../protocols/salt/codec/python-json.js'
import { type StreamTexts, sseBytes } from '../../web/sse.js'
import { textFrames } from '../../web/websocket/frame.js'

/** How a stream of `GET /events` is encoded. */
export interface EventsForm {
  /** Whether the body is sent in chunks (HTTP/1.1). */
  chunked: boolean
  /** Whether events have ids: only with `Last-Event-ID` or `from`. Without them the bytes are those of Salt. */
  ids: boolean
}

/** An event is `tag: <tag>` and `data: {"data": …, "tag": …}`, each in its own chunk. With ids, `id:` comes first. */
export function eventsFormat(epoch: string, { chunked, ids }: EventsForm): Format {
  return {
    name: `salt-events${chunked ? '-chunked' : ''}${ids ? '-ids' : ''}`,
    encode(frames) {
      const pieces: Uint8Array[] = []
      for (const event of iterateFrames(frames)) {
        const id = ids && !event.synthetic ? `id: ${event.cursorIn(epoch)}\n` : ''
        pieces.push(sseBytes(`${id}tag: ${inOneLine(event.tag)}\n`, chunked))
        pieces.push(sseBytes(`data: ${eventJson(event)}\n\n`, chunked))
      }
      return Buffer.concat(pieces)
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

const STAMP = compilePath(['_stamp'])

/** The event as `{"data": {…}, "tag": "…"}`, as Python writes it. */
function eventJson(event: Event): string {
  return `{"data": ${dataJson(event)}, "tag": ${pythonJson(event.tag)}}`
}

/** The data of a Salt event unchanged; the data of other events as a map with a time stamp. */
function dataJson(event: Event): string {
  const { bytes, end } = event
  const start = bodyStart(bytes, event.at)
  const json = msgpackToPythonJson(bytes, {}, start, end)
  const isMap = kindAt(bytes, start) === 'map'
  if (isMap && (event.source.startsWith('salt/') || find(bytes, start, end, STAMP) >= 0)) return json
  const stamp = `"_stamp": "${isoformat(event.time)}"}`
  if (!isMap) return `{"data": ${json}, ${stamp}`
  return json === '{}' ? `{${stamp}` : `${json.slice(0, -1)}, ${stamp}`
}
