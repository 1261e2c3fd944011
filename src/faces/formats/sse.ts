import type { EndReason, Format, SubscriberStatus } from '../../bus/sink.js'
import { formatCursor } from '../../event/cursor.js'
import { iterateFrames } from '../../event/event.js'
import type { EventTexts } from './event-text.js'

/**
 * Server-sent events. An event is `id:` (its cursor) and `data:` (CloudEvents JSON) and has no `event:` line, so that
 * `onmessage` fires; what is said of the stream itself has one. JSON text has no line break, and nothing else that is
 * written comes from outside.
 *
 * `chunked`: each block carries the chunk header of HTTP/1.1, so that this too is made once for all; a peer of
 * HTTP/1.0 gets the bare blocks.
 */
export function sseFormat(texts: EventTexts, chunked: boolean): Format {
  return {
    name: chunked ? 'sse-chunked' : 'sse',
    encode(frames) {
      let blocks = ''
      for (const event of iterateFrames(frames)) {
        const id = event.synthetic ? '' : `id: ${event.cursor(texts.epoch)}\n`
        blocks += `${id}data: ${texts.of(event)}\n\n`
      }
      return sseBytes(blocks, chunked)
    },
  }
}

export function sseBytes(blocks: string, chunked: boolean): Uint8Array {
  if (!chunked) return Buffer.from(blocks)
  return Buffer.from(`${Buffer.byteLength(blocks).toString(16)}\r\n${blocks}\r\n`)
}

/** Ends a chunked body. */
export const LAST_CHUNK = Buffer.from('0\r\n\r\n')

/** First in every stream: ms until a browser connects again. */
const OPENING = 'retry: 2000\n\n'

/** What is said beside events. `end` has a cursor where it is known how far the reader came. */
export function sseVoice(epoch: string) {
  return {
    opening: OPENING,
    status: (status: SubscriberStatus) => sseStatus(status, epoch),
    end({ code, message, seq }: Pick<EndReason, 'code' | 'message'> & { seq?: number }) {
      const cursor = seq === undefined ? undefined : formatCursor(epoch, seq)
      return sseBlock('end', undefined, { code, message, cursor })
    },
  }
}

/** A lone id moves what the reader will send as Last-Event-ID, and fires nothing. */
export function sseStatus(status: SubscriberStatus, epoch: string): string {
  switch (status.type) {
    case 'position':
      return `:\nid: ${formatCursor(epoch, status.seq)}\n\n`
    case 'live':
      return sseBlock('live', formatCursor(epoch, status.seq), { cursor: formatCursor(epoch, status.seq) })
    case 'gap': {
      const { from, to, reason, next } = status
      const cursor = formatCursor(epoch, next)
      return sseBlock('gap', cursor, { from, to, reason, cursor })
    }
    case 'gate':
      return ''
  }
}

/** `end` bears no id: who connects again goes on behind the last event it has. */
function sseBlock(event: string, id: string | undefined, data: object): string {
  const idLine = id === undefined ? '' : `id: ${id}\n`
  return `event: ${event}\n${idLine}data: ${JSON.stringify(data)}\n\n`
}
