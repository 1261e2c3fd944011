import type { FrameRange } from '../frame-range.js'

const MAX_BYTES = 4 * 1024 * 1024
/** One longer chunk would push too many others out. */
const MAX_KEPT = MAX_BYTES / 4

/**
 * Recently read chunks, which readers at nearby positions share. A long chunk, which has a single event, is shared only
 * as long as a reader uses it or a peer has not taken it: any number of readers then hold it once.
 */
export class ChunkCache {
  // In the order of last use.
  readonly #chunks = new Map<number, FrameRange>()
  readonly #long = new Map<number, LongChunk>()
  #bytes = 0

  get(firstSeq: number): FrameRange | undefined {
    const chunk = this.#chunks.get(firstSeq)
    if (chunk === undefined) return this.#longChunk(firstSeq)
    this.#chunks.delete(firstSeq)
    this.#chunks.set(firstSeq, chunk)
    chunk.memory?.use()
    return chunk
  }

  put(chunk: FrameRange): void {
    this.delete(chunk.firstSeq)
    if (chunk.end > MAX_KEPT) this.#putLong(chunk)
    else this.#putShort(chunk)
  }

  /** Finds a chunk in memory that it does not keep: only one that is long, and then has a single event. */
  share(chunk: FrameRange): void {
    if (chunk.count === 1 && chunk.end > MAX_KEPT) this.#putLong(chunk)
  }

  delete(firstSeq: number): void {
    const chunk = this.#chunks.get(firstSeq)
    this.#long.delete(firstSeq)
    if (chunk === undefined) return
    this.#chunks.delete(firstSeq)
    this.#bytes -= chunk.bytes.length
    chunk.memory?.release()
  }

  deleteBefore(seq: number): void {
    this.deleteBetween(0, seq - 1)
  }

  deleteBetween(from: number, to: number): void {
    for (const firstSeq of [...this.#chunks.keys(), ...this.#long.keys()])
      if (firstSeq >= from && firstSeq <= to) this.delete(firstSeq)
  }

  #putShort(chunk: FrameRange): void {
    chunk.memory?.use()
    this.#chunks.set(chunk.firstSeq, chunk)
    this.#bytes += chunk.bytes.length
    for (const oldest of this.#chunks.keys()) {
      if (this.#bytes <= MAX_BYTES) break
      this.delete(oldest)
    }
  }

  #putLong({ bytes, ...extent }: FrameRange): void {
    for (const [firstSeq, { memory }] of this.#long)
      if (memory.deref() === undefined) this.#long.delete(firstSeq)
    const { byteOffset, length } = bytes
    this.#long.set(extent.firstSeq, { ...extent, byteOffset, length, memory: new WeakRef(bytes.buffer) })
  }

  #longChunk(firstSeq: number): FrameRange | undefined {
    const chunk = this.#long.get(firstSeq)
    const memory = chunk?.memory.deref()
    if (chunk === undefined || memory === undefined) return undefined
    const { start, end, count, lastSeq, byteOffset, length } = chunk
    return { bytes: new Uint8Array(memory, byteOffset, length), start, end, count, firstSeq, lastSeq }
  }
}

/** Refers to the memory, since readers and sockets hold views of it. */
interface LongChunk extends Omit<FrameRange, 'bytes' | 'memory'> {
  readonly memory: WeakRef<ArrayBufferLike>
  readonly byteOffset: number
  readonly length: number
}
