import type { OutgoingEvent } from '../../../client/api.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { checkFrame, WIDEST_LIMITS } from '../../../event/check.js'
import { formatCursor } from '../../../event/cursor.js'
import { type Event, iterateFrames } from '../../../event/event.js'
import {
  EVENT_OP,
  frameBytes,
  frameSeq,
  frameTime,
  MAX_FRAME_BYTES,
  MAX_SEQ,
  MAX_TIME,
} from '../../../event/frame.js'
import { formatTime } from '../../../event/position.js'
import { type RecordSink, RecordSplitter } from '../../../event/splitter.js'
import { decodeRecord } from '../../../protocols/native/codec.js'
import { Op } from '../../../protocols/native/protocol.js'

/** Checked frames back to back, in memory of their own. */
export interface FramePiece {
  bytes: Uint8Array
  start: number
  end: number
  /** The epoch of the log that the numbers belong to; undefined where the file does not name one. */
  epoch: string | undefined
}

/** Returns whether these first bytes can begin a file of frames. No text has such a byte there. */
export function isFrameFile(start: Uint8Array): boolean {
  return start.length >= 5 && (start[4] === Op.welcome || start[4] === EVENT_OP)
}

/** The frames of a file as `EventFileWriter` writes it. Throws for the first invalid frame, with its number. */
export async function* readFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<FramePiece> {
  const frames = new Frames()
  const splitter = new RecordSplitter(frames, MAX_FRAME_BYTES)
  for await (const chunk of chunks) {
    // Views of frames outlive the chunk, whose memory the stream may use again.
    splitter.push(Uint8Array.from(chunk))
    yield* frames.take()
  }
  if (splitter.pendingBytes > 0)
    throw new TocsinError('TCN_INPUT_INVALID', `the file ends within frame ${frames.count + 1}`)
}

/** The events of a file of frames, ready to be published; a batch holds what one chunk of the file completed. */
export async function* readFrameFile(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<OutgoingEvent[]> {
  for await (const { bytes, start, end, epoch } of readFrames(chunks)) {
    yield Array.from(iterateFrames(bytes, start, end), (event) => outgoing(event, epoch))
  }
}

class Frames implements RecordSink {
  count = 0
  #epoch: string | undefined
  #pieces: FramePiece[] = []

  take(): FramePiece[] {
    const pieces = this.#pieces
    this.#pieces = []
    return pieces
  }

  onRecord(op: number, bytes: Uint8Array, start: number, end: number): void {
    const record = decodeRecord(op, bytes, start, end)
    if (record?.name === 'welcome') this.#epoch = record.body.epoch
  }

  onEvents(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at += frameBytes(bytes, at)) {
      this.count++
      const fault = checkFrame(bytes, at, end, WIDEST_LIMITS, 'hub')
      if (fault !== undefined) throw new TocsinError(fault, `frame ${this.count} of the file`)
      if (frameSeq(bytes, at) > MAX_SEQ) throw this.#impossible('number')
      if (frameTime(bytes, at) > MAX_TIME) throw this.#impossible('time')
    }
    this.#pieces.push({ bytes, start, end, epoch: this.#epoch })
  }

  #impossible(field: string): TocsinError {
    return new TocsinError(
      'TCN_INPUT_INVALID',
      `frame ${this.count} of the file has a ${field} that no event can have`,
    )
  }
}

function outgoing({ tag, source, kind, seq, time, body, attributes }: Event, epoch?: string): OutgoingEvent {
  const id = epoch === undefined ? String(seq) : formatCursor(epoch, seq)
  return {
    tag,
    source,
    kind,
    body,
    attributes: { id, time: formatTime(time), ...attributes },
  }
}
