import { crc32 } from 'node:zlib'
import { frameBytes, frameSeq, frameTime, HEADER_BYTES } from '../../event/frame.js'
import type { SummaryHeader } from './summary-codec.js'

/** Returns what is wrong with a chunk, compared with its summary; undefined if it is valid. */
export function faultOfChunk(bytes: Uint8Array, summary: SummaryHeader): string | undefined {
  if (bytes.length !== summary.bytes) return `the chunk has ${bytes.length} bytes, not ${summary.bytes}`
  if (crc32(bytes) !== summary.crc32) return 'the checksum of the chunk is wrong'
  return faultOfFrames(bytes, summary)
}

function faultOfFrames(bytes: Uint8Array, summary: SummaryHeader): string | undefined {
  let count = 0
  let seq = summary.firstSeq - 1
  let time = summary.firstTime
  let at = 0
  for (; at + HEADER_BYTES <= bytes.length; at += frameBytes(bytes, at)) {
    if (frameSeq(bytes, at) <= seq || frameTime(bytes, at) < time)
      return `the order is broken after event ${seq}`
    seq = frameSeq(bytes, at)
    time = frameTime(bytes, at)
    count++
  }
  if (at !== bytes.length) return 'the last frame is cut'
  if (count !== summary.count) return `the chunk has ${count} events, not ${summary.count}`
  if (seq !== summary.lastSeq) return `the last event is ${seq}, not ${summary.lastSeq}`
  return undefined
}
