import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../../../../errors/thrown.js'
import { TocsinError } from '../../../../errors/tocsin-error.js'
import { frameBytes, frameSeq } from '../../../../event/frame.js'
import { type FramePiece, readFrames } from '../event-file-reader.js'
import type { Part } from './manifest.js'

const READ_BYTES = 1024 * 1024

/**
 * The frames of a part after the event `after`, in pieces with memory of their own. Throws TCN_BACKUP_INVALID when
 * the file is not what the manifest says; that is known for certain only at its end.
 */
export async function* readPart(folder: string, part: Part, after: number): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  const order = new PartOrder(part, after)
  try {
    for await (const piece of readFrames(hashed(join(folder, part.file)))) {
      const wanted = order.check(piece)
      if (wanted < piece.end) yield piece.bytes.subarray(wanted, piece.end)
    }
  } catch (error) {
    if (TocsinError.is(error, 'TCN_BACKUP_INVALID')) throw error
    const message = messageOf(error)
    throw invalid(part, TocsinError.is(error) ? `${message} (${error.code})` : message)
  }
  if (hash.digest('hex') !== part.sha256) throw invalid(part, 'its checksum does not match the manifest')
  if (order.count !== part.events || order.last !== part.last)
    throw invalid(part, 'it does not have the events that the manifest names')

  async function* hashed(path: string): AsyncGenerator<Uint8Array> {
    for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) {
      hash.update(chunk as Uint8Array)
      yield chunk as Uint8Array
    }
  }
}

/** Checks that numbers rise from the first one of the part. */
class PartOrder {
  count = 0
  last = 0
  readonly #part: Part
  readonly #after: number

  constructor(part: Part, after: number) {
    this.#part = part
    this.#after = after
  }

  /** Returns the offset of the first frame after `after`; the end of the piece where there is none. */
  check({ bytes, start, end }: FramePiece): number {
    let wanted = end
    for (let at = start; at < end; at += frameBytes(bytes, at)) {
      const seq = frameSeq(bytes, at)
      if (seq <= this.last || seq < this.#part.first)
        throw invalid(this.#part, `event ${seq} is out of order`)
      if (seq > this.#after && wanted === end) wanted = at
      this.count++
      this.last = seq
    }
    return wanted
  }
}

function invalid({ file }: Part, why: string): TocsinError {
  return new TocsinError('TCN_BACKUP_INVALID', `${file}: ${why}`)
}
