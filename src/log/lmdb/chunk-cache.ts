import type { FrameRun } from '../frame-run.js'

const MAX_BYTES = 4 * 1024 * 1024

/** Chunks read lately, so that readers near each other share them. */
export class ChunkCache {
  // In the order of last use.
  readonly #chunks = new Map<number, FrameRun>()
  #bytes = 0

  get(firstSeq: number): FrameRun | undefined {
    const chunk = this.#chunks.get(firstSeq)
    if (chunk !== undefined) {
      this.#chunks.delete(firstSeq)
      this.#chunks.set(firstSeq, chunk)
    }
    return chunk
  }

  put(chunk: FrameRun): void {
    this.delete(chunk.firstSeq)
    this.#chunks.set(chunk.firstSeq, chunk)
    this.#bytes += chunk.end
    for (const oldest of this.#chunks.keys()) {
      if (this.#bytes <= MAX_BYTES) break
      this.delete(oldest)
    }
  }

  delete(firstSeq: number): void {
    this.#bytes -= this.#chunks.get(firstSeq)?.end ?? 0
    this.#chunks.delete(firstSeq)
  }

  deleteBefore(seq: number): void {
    for (const firstSeq of [...this.#chunks.keys()]) if (firstSeq < seq) this.delete(firstSeq)
  }
}
