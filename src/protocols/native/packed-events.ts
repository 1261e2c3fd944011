import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { frameBytes } from '../../event/frame.js'
import { RecordSplitter } from '../../event/splitter.js'
import { encodeRecord } from './codec.js'
import type { Packed } from './protocol.js'

/** Name of the feature. */
export const DEFLATE = 'deflate'
/** Plain bytes of one record, which are compressed, and handled by the hub there, in one go. */
const MOST_BYTES = 64 * 1024
/** Fewer bytes hardly become smaller. */
const LEAST_BYTES = 512
/** A record must save a tenth. */
const WORTHWHILE = 0.9
/** A higher level takes three times as long, and saves a fifth of the rest. */
const SETTINGS = { level: 1 }

/** Returns the same frames in the same order as records, of which those are compressed that become smaller. */
export function packEvents(frames: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = []
  for (let start = 0; start < frames.length; ) {
    let end = start + frameBytes(frames, start)
    while (end < frames.length && end + frameBytes(frames, end) - start <= MOST_BYTES)
      end += frameBytes(frames, end)
    records.push(packed(frames.subarray(start, end)))
    start = end
  }
  return records
}

function packed(plain: Uint8Array): Uint8Array {
  if (plain.length < LEAST_BYTES || plain.length > MOST_BYTES) return plain
  const deflated = deflateRawSync(plain, SETTINGS)
  if (deflated.length > plain.length * WORTHWHILE) return plain
  return encodeRecord('packed', { length: plain.length, deflated })
}

/** Passes on the frames of a record. Throws TCN_PROTOCOL_BODY, TCN_FRAME_TOO_LARGE or TCN_FRAME_LENGTH. */
export function unpackEvents(record: Packed, largestFrame: number, take: (frames: Uint8Array) => void): void {
  const plain = inflated(record)
  const sink = {
    onEvents(_: Uint8Array, start: number, end: number) {
      if (start !== 0 || end !== plain.length) throw notWhole()
      take(plain)
    },
    onRecord() {
      throw notWhole()
    },
  }
  const splitter = new RecordSplitter(sink, largestFrame)
  splitter.push(plain)
  if (splitter.pendingBytes > 0) throw notWhole()
}

function inflated({ length, deflated }: Packed): Uint8Array {
  if (length === 0 || length > MOST_BYTES) throw fault(`it has ${length} bytes, not 1 to ${MOST_BYTES}`)
  const plain = unpacked(deflated, length)
  if (plain.length !== length) throw fault(`it has ${plain.length} bytes, not ${length}`)
  return plain
}

function unpacked(deflated: Uint8Array, length: number): Uint8Array {
  try {
    const chunkSize = Math.max(constants.Z_MIN_CHUNK, length)
    return inflateRawSync(deflated, { maxOutputLength: length, chunkSize })
  } catch (thrown) {
    throw fault(`it cannot be decompressed: ${messageOf(thrown)}`)
  }
}

function notWhole(): TocsinError {
  return fault('it is not whole events, and nothing else')
}

function fault(why: string): TocsinError {
  return new TocsinError('TCN_PROTOCOL_BODY', `packed: ${why}`)
}
