import type { OutgoingEvent } from '../client/api.js'
import { checkFrame } from '../event/check.js'
import { formatCursor } from '../event/cursor.js'
import { TocsinError } from '../event/errors.js'
import { type Event, iterateFrames } from '../event/event.js'
import { EVENT_OP, LARGEST_FRAME_BYTES } from '../event/frame.js'
import { formatTime } from '../event/range.js'
import { type RecordSink, RecordSplitter } from '../event/splitter.js'
import { decodeRecord } from '../faces/native/codec.js'
import { Op } from '../faces/native/protocol.js'

/**
 * A file of frames holds records of the native protocol as they travel: first a `welcome`, which says of
 * which log the numbers are, then events.
 */

/** Could these first bytes begin a file of frames? No text has such a byte there. */
export function isFrameFile(start: Uint8Array): boolean {
  return start.length >= 5 && (start[4] === Op.welcome || start[4] === EVENT_OP)
}

/** Events of such a file, as many at once as have come. Throws for what is no sound frame, naming where. */
export async function* readFrameFile(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<OutgoingEvent[]> {
  const reader = new FrameReader()
  const splitter = new RecordSplitter(reader, LARGEST_FRAME_BYTES)
  for await (const chunk of chunks) {
    // Views of frames live on until they are published, and the stream may use its memory again.
    splitter.push(Uint8Array.from(chunk))
    const events = reader.take()
    if (events.length > 0) yield events
  }
  if (splitter.pendingBytes > 0)
    throw new TocsinError('TCN_INPUT_INVALID', `the file ends within frame ${reader.count + 1}`)
}

class FrameReader implements RecordSink {
  count = 0
  #epoch: string | undefined
  #events: OutgoingEvent[] = []

  take(): OutgoingEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  onRecord(op: number, bytes: Uint8Array, start: number, end: number): void {
    const record = decodeRecord(op, bytes, start, end)
    if (record?.name === 'welcome') this.#epoch = record.body.epoch
  }

  onEvents(bytes: Uint8Array, start: number, end: number): void {
    for (const event of iterateFrames(bytes, start, end)) {
      this.count++
      const fault = checkFrame(bytes, event.at, end, LARGEST_FRAME_BYTES, 'hub')
      if (fault !== undefined) throw new TocsinError(fault, `frame ${this.count} of the file`)
      this.#events.push(this.#outgoing(event))
    }
  }

  #outgoing(event: Event): OutgoingEvent {
    const { tag, source, kind, seq, body } = event
    const id = this.#epoch === undefined ? String(seq) : formatCursor(this.#epoch, seq)
    const attributes = {
      id,
      time: formatTime(event.time),
      ...event.attributes,
    } as OutgoingEvent['attributes']
    return { tag, source, kind, body, attributes }
  }
}
