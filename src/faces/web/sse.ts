import type { EndReason, Format, LongOutput, SubscriberStatus } from '../../bus/sink.js'
import { formatCursor } from '../../event/cursor.js'
import { Event, iterateFrames } from '../../event/event.js'
import type { LongText } from '../../incremental/long-text.js'
import { noteOn } from '../../log/loss-reason.js'
import type { EventTexts } from './event-text.js'

/**
 * Server-sent events. An event is `id:` (its cursor) and `data:` (CloudEvents JSON) without an `event:` line, so that
 * `onmessage` fires; blocks about the stream itself have one. JSON text has no line break, and nothing else that is
 * written comes from outside.
 *
 * With `chunked`, each block includes the chunk header of HTTP/1.1, which is thus also encoded once for all readers;
 * readers over HTTP/1.0 get the bare blocks.
 */
export function sseFormat(texts: EventTexts, chunked: boolean): Format {
  const name = chunked ? 'sse-chunked' : 'sse'
  const encode = (frames: Uint8Array): Uint8Array => {
    let blocks = ''
    for (const event of iterateFrames(frames)) {
      blocks += `${opening(event)}${texts.of(event)}\n\n`
    }
    return sseBytes(blocks, chunked)
  }
  const long = (frame: Uint8Array): LongOutput | undefined => {
    const event = new Event(frame)
    const text = texts.long(event)
    return text && { bytes: frame.length, steps: () => longBlock(opening(event), text, chunked) }
  }
  const opening = (event: Event): string =>
    event.synthetic ? 'data: ' : `id: ${event.cursorIn(texts.epoch)}\ndata: `
  return { name, encode, long }
}

/** The block of a long event: each piece is a chunk of its own. */
export function* longBlock(
  opening: string,
  text: LongText,
  chunked: boolean,
): Generator<readonly Uint8Array[], void> {
  yield [sseBytes(opening, chunked)]
  for (const piece of text.read()) {
    if (piece.length === 0) yield []
    else yield chunked ? [Buffer.from(`${piece.length.toString(16)}\r\n`), piece, CHUNK_END] : [piece]
  }
  yield [sseBytes('\n\n', chunked)]
}

export function sseBytes(blocks: string, chunked: boolean): Uint8Array {
  if (!chunked) return Buffer.from(blocks)
  return Buffer.from(`${Buffer.byteLength(blocks).toString(16)}\r\n${blocks}\r\n`)
}

const CHUNK_END = Buffer.from('\r\n')

/** Ends a chunked body. */
export const LAST_CHUNK = Buffer.from('0\r\n\r\n')

/** Writes the parts of a stream that are not events. Empty text is not sent. */
export interface StreamTexts {
  readonly opening: string
  status(status: SubscriberStatus): string
  end(reason: Pick<EndReason, 'code' | 'message'> & { seq?: number }): string
}

/** The first block of every stream: how long a browser waits before it reconnects, ms. */
const OPENING = 'retry: 2000\n\n'

/** The blocks about the stream itself. `end` has a cursor if the reader's position is known. */
export function sseTexts(epoch: string): StreamTexts {
  return {
    opening: OPENING,
    status: (status: SubscriberStatus) => sseStatus(status, epoch),
    end({ code, message, seq }: Pick<EndReason, 'code' | 'message'> & { seq?: number }) {
      const cursor = seq === undefined ? undefined : formatCursor(epoch, seq)
      return sseBlock('end', undefined, { code, message, cursor })
    },
  }
}

/** Returns the block for a status. One with only an id sets the reader's Last-Event-ID, and fires no event handler. */
export function sseStatus(status: SubscriberStatus, epoch: string): string {
  switch (status.type) {
    case 'position':
      return `:\nid: ${formatCursor(epoch, status.seq)}\n\n`
    case 'live':
      return sseBlock('live', formatCursor(epoch, status.seq), { cursor: formatCursor(epoch, status.seq) })
    case 'gap': {
      const { from, to, reason, next } = status
      const cursor = formatCursor(epoch, next)
      return sseBlock('gap', cursor, { from, to, reason, ...noteOn(status), cursor })
    }
    case 'gate':
      return ''
  }
}

/** Returns a block. `end` has no id, so that a reader that reconnects resumes after the last event it received. */
function sseBlock(event: string, id: string | undefined, data: object): string {
  const idLine = id === undefined ? '' : `id: ${id}\n`
  return `event: ${event}\n${idLine}data: ${JSON.stringify(data)}\n\n`
}
