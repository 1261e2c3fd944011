import { frameBytes } from '../../../event/frame.js'
import { tokensOf } from '../../../filter/tokens/frame-tokens.js'
import type { Segment } from '../segment.js'
import type { SummaryHeader } from '../summary-codec.js'
import { mayHaveToken } from './bloom.js'
import { type ChunkFilter, decodeBlock, filterFor } from './index-block.js'
import { blockAt, blockBefore } from './index-table.js'

/** Checks the filters of a segment against its chunks, which are passed in order. */
export class IndexCheck {
  readonly #segment: Segment
  #block: { firstSeq: number; filters: readonly ChunkFilter[] } | undefined
  /** The first fault of the filters. */
  fault: string | undefined
  /** Chunks that were passed, and those of them that have a filter or are known to have none. */
  seen = 0
  checked = 0

  constructor(segment: Segment) {
    this.#segment = segment
  }

  /** Without the plain chunk, only checks that there is a filter. */
  check(chunk: SummaryHeader, plain?: Uint8Array): void {
    this.seen++
    try {
      const filter = filterFor(chunk, this.#filtersBefore(chunk.firstSeq))
      if (filter === undefined) return
      this.checked++
      if (plain !== undefined && filter.bits.length > 0 && !hasAll(plain, filter.bits))
        this.fault = `the filter of the events ${chunk.firstSeq} to ${chunk.lastSeq} lacks some of their words`
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown
      this.fault = thrown.message
    }
  }

  #filtersBefore(seq: number): readonly ChunkFilter[] {
    const firstSeq = blockBefore(this.#segment, seq)
    if (firstSeq === undefined) return []
    if (this.#block?.firstSeq === firstSeq) return this.#block.filters
    const bytes = blockAt(this.#segment, firstSeq)
    this.#block = { firstSeq, filters: (bytes && decodeBlock(bytes)) ?? [] }
    return this.#block.filters
  }
}

function hasAll(plain: Uint8Array, bits: Uint8Array): boolean {
  let all = true
  const test = (token: number) => {
    all &&= mayHaveToken(bits, token)
  }
  for (let at = 0; at < plain.length && all; at += frameBytes(plain, at)) tokensOf(plain, at, test)
  return all
}
