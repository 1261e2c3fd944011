import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { checkFrame } from '../../event/check.js'
import { TocsinError } from '../../event/errors.js'
import { frameBytes, frameSeq, LARGEST_FRAME_BYTES } from '../../event/frame.js'
import { type RecordSink, RecordSplitter } from '../../event/splitter.js'
import type { Part } from './manifest.js'

const READ_BYTES = 1024 * 1024

/**
 * The frames of a part behind `after`, in pieces with memory of their own. Throws TCN_BACKUP_INVALID when the file
 * is not what the manifest says; that is known for certain only at its end.
 */
export async function* readPart(folder: string, part: Part, after: number): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  const frames = new Frames(part, after)
  const splitter = new RecordSplitter(frames, LARGEST_FRAME_BYTES)
  try {
    for await (const chunk of createReadStream(join(folder, part.file), { highWaterMark: READ_BYTES })) {
      hash.update(chunk as Uint8Array)
      splitter.push(Uint8Array.from(chunk as Uint8Array))
      yield* frames.take()
    }
  } catch (error) {
    if (TocsinError.is(error, 'TCN_BACKUP_INVALID')) throw error
    throw invalid(part, (error as Error).message)
  }
  if (hash.digest('hex') !== part.sha256) throw invalid(part, 'its checksum is another one')
  if (splitter.pendingBytes > 0 || frames.count !== part.events || frames.last !== part.last)
    throw invalid(part, 'it does not have the events that the manifest names')
}

class Frames implements RecordSink {
  count = 0
  last = 0
  readonly #part: Part
  readonly #after: number
  #pieces: Uint8Array[] = []

  constructor(part: Part, after: number) {
    this.#part = part
    this.#after = after
  }

  take(): Uint8Array[] {
    const pieces = this.#pieces
    this.#pieces = []
    return pieces
  }

  onRecord(): void {}

  onEvents(bytes: Uint8Array, start: number, end: number): void {
    let wanted = end
    for (let at = start; at < end; at += frameBytes(bytes, at)) {
      const fault = checkFrame(bytes, at, end, LARGEST_FRAME_BYTES, 'hub')
      const seq = frameSeq(bytes, at)
      if (fault !== undefined) throw invalid(this.#part, `frame ${this.count + 1} is not sound (${fault})`)
      if (seq <= this.last || seq < this.#part.first)
        throw invalid(this.#part, `event ${seq} is out of order`)
      if (seq > this.#after && wanted === end) wanted = at
      this.count++
      this.last = seq
    }
    if (wanted < end) this.#pieces.push(bytes.subarray(wanted, end))
  }
}

function invalid({ file }: Part, why: string): TocsinError {
  return new TocsinError('TCN_BACKUP_INVALID', `${file}: ${why}`)
}
