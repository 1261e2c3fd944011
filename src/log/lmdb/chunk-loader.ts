import { crc32 } from 'node:zlib'
import { frameBytes, frameSeq, frameTime, HEADER_BYTES } from '../../event/frame.js'
import { BYTES_A_TURN } from '../frame-reader.js'
import { isPacked, unpackChunk, unpackInto } from './packed-chunk.js'
import type { SummaryHeader } from './summary-codec.js'

/** Makes the plain chunk of a stored value, and compares it with its summary the first time that it is loaded. */
export class ChunkLoader {
  /** Chunks, by first seq, that have been verified since the file was opened. */
  readonly #checked = new Set<number>()

  clear(): void {
    this.#checked.clear()
  }

  /** Returns the plain chunk, or what is wrong with it; with `again`, compares it even if it was found valid before. */
  load(value: Uint8Array | undefined, chunk: SummaryHeader, again: boolean): Uint8Array | string {
    if (value === undefined) return 'the chunk is missing'
    try {
      const bytes = isPacked(value) ? unpackChunk(value, chunk.bytes) : value
      return this.#faultOf(bytes, chunk, again) ?? bytes
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown
      return thrown.message
    }
  }

  /**
   * Makes the plain chunk of a long value in steps, and compares it with its summary. `stored` returns the value, which
   * is valid within a step. Returns undefined if it is not valid.
   */
  *loadInSteps(
    stored: () => Uint8Array | undefined,
    chunk: SummaryHeader,
  ): Generator<void, Uint8Array | undefined> {
    const bytes = Buffer.allocUnsafeSlow(chunk.bytes)
    let sum = 0
    for (let at = 0; at < bytes.length; at += BYTES_A_TURN) {
      if (at > 0) yield
      const value = stored()
      if (value?.length !== bytes.length) return undefined
      const part = bytes.subarray(at, at + BYTES_A_TURN)
      part.set(value.subarray(at, at + part.length))
      sum = crc32(part, sum)
    }
    return sum === chunk.crc32 && faultOfFrames(bytes, chunk) === undefined ? bytes : undefined
  }

  /** Writes the plain chunk of a value that is valid in this turn to memory of its length. Returns whether it is valid. */
  copy(value: Uint8Array | undefined, chunk: SummaryHeader, target: Uint8Array): boolean {
    if (value === undefined) return false
    if (isPacked(value)) unpackInto(value, target)
    else if (value.length !== chunk.bytes) return false
    else target.set(value.subarray(0, chunk.bytes))
    return this.#faultOf(target, chunk, false) === undefined
  }

  #faultOf(bytes: Uint8Array, chunk: SummaryHeader, again: boolean): string | undefined {
    if (this.#checked.has(chunk.firstSeq) && !again) return undefined
    const fault = faultOfChunk(bytes, chunk)
    if (fault === undefined) this.#checked.add(chunk.firstSeq)
    return fault
  }
}

/** Returns what is wrong with a chunk, compared with its summary; undefined if it is valid. */
function faultOfChunk(bytes: Uint8Array, summary: SummaryHeader): string | undefined {
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
