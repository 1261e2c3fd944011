import type { FrameRange, SharedMemory } from '../frame-range.js'
import { BATCH_BYTES } from '../frame-reader.js'
import type { SummaryHeader } from './summary-codec.js'

/** Buffers kept for later. */
const MAX_FREE = 8

/** Copies a chunk. Returns true if it is sound. */
type Copy = (chunk: SummaryHeader, target: Uint8Array) => boolean | undefined

/**
 * The memory into which chunks are read. It is used again when nobody uses it any more: a subscriber that catches up
 * reads faster than the garbage collector frees, and would leave tens of megabytes behind.
 */
export class ChunkMemory {
  readonly #free: Buffer[] = []

  /**
   * Reads adjacent chunks, up to the first that is not sound, with the caller as user of the memory. Returns undefined
   * if that is the first of them, or if a single chunk is better read into memory of its own.
   */
  read(chunks: readonly SummaryHeader[], copy: Copy): FrameRange | undefined {
    const size = chunks.reduce((sum, { bytes }) => sum + bytes, 0)
    const memory = this.take(size)
    if (memory === undefined && chunks.length === 1) return undefined
    const bytes = memory?.bytes ?? Buffer.allocUnsafeSlow(size)
    const [{ firstSeq }] = chunks
    let [end, count, lastSeq] = [0, 0, 0]
    for (const chunk of chunks) {
      if (!copy(chunk, bytes.subarray(end, end + chunk.bytes))) break
      end += chunk.bytes
      count += chunk.count
      lastSeq = chunk.lastSeq
    }
    if (count > 0) return { bytes, start: 0, end, count, firstSeq, lastSeq, memory }
    memory?.release()
    return undefined
  }

  /** Returns memory for this many bytes with one user; undefined if they do not fit, or would leave most of it unused. */
  take(bytes: number): ChunkBuffer | undefined {
    if (bytes > BATCH_BYTES || bytes < BATCH_BYTES / 2) return undefined
    return new ChunkBuffer(this.#free.pop() ?? Buffer.allocUnsafeSlow(BATCH_BYTES), this.#takeBack)
  }

  readonly #takeBack = (buffer: Buffer): void => {
    if (this.#free.length < MAX_FREE) this.#free.push(buffer)
  }
}

/** A buffer from when it was taken until its last user has released it. */
export class ChunkBuffer implements SharedMemory {
  readonly bytes: Buffer
  readonly #unused: (buffer: Buffer) => void
  #users = 1

  constructor(bytes: Buffer, unused: (buffer: Buffer) => void) {
    this.bytes = bytes
    this.#unused = unused
  }

  use(): void {
    if (this.#users === 0) throw new RangeError('the memory was released')
    this.#users++
  }

  release(): void {
    if (this.#users === 0) throw new RangeError('the memory was released')
    if (--this.#users === 0) this.#unused(this.bytes)
  }
}

/** Returns a chunk and those that follow it without a hole, as far as they fit into `maxBytes`. */
export function adjacentChunks(
  chunk: SummaryHeader,
  maxBytes: number,
  summaryOf: (firstSeq: number) => SummaryHeader | undefined,
): SummaryHeader[] {
  const chunks: SummaryHeader[] = []
  let bytes = 0
  for (let next: SummaryHeader | undefined = chunk; next !== undefined; ) {
    bytes += next.bytes
    if (bytes > maxBytes && chunks.length > 0) break
    chunks.push(next)
    next = bytes < maxBytes ? summaryOf(next.lastSeq + 1) : undefined
  }
  return chunks
}
