import { mayMatchTokens, type NeededTokens } from '../../../filter/tokens/needed.js'
import type { Segment } from '../segment.js'
import type { SummaryHeader } from '../summary-codec.js'
import { mayHaveToken } from './bloom.js'
import { type ChunkFilter, decodeBlock, filterFor } from './index-block.js'
import { blockAt, blockBefore } from './index-table.js'

const MAX_BYTES = 4 * 1024 * 1024

interface FilterBlock {
  readonly filters: readonly ChunkFilter[]
  readonly bytes: number
}

/** Answers from the filters of sealed segments which chunks may have an event. Keeps the filters that were used last. */
export class IndexReader {
  /** By the first seq of their first chunk, in the order of last use. */
  readonly #blocks = new Map<number, FilterBlock>()
  #bytes = 0
  /** The block that was used last. */
  #last: FilterBlock | undefined
  /** Chunks that were not read because of their filter. */
  skipped = 0

  get bytes(): number {
    return this.#bytes
  }

  /** Returns false only if no event of the chunk has the tokens. Without a filter that fits the chunk, it may have them. */
  mayHave(segment: Segment, chunk: SummaryHeader, needed: NeededTokens): boolean {
    const filter = this.#filterOf(segment, chunk)
    if (filter === undefined || hasTokens(filter, needed)) return true
    this.skipped++
    return false
  }

  /**
   * Returns the seq at which a read continues after a chunk that lacks the tokens. Chunks of the same block that lack them too are
   * passed over with it, and their summaries are not read: a block and its chunks are written to one file, in which no
   * chunk is ever replaced. The last one stays: its summary tells where it ends.
   */
  behind(chunk: SummaryHeader, needed: NeededTokens, backwards: boolean): number {
    const filters = this.#last?.filters ?? []
    const at = filters.findIndex(({ firstSeq }) => firstSeq === chunk.firstSeq)
    if (backwards) {
      let first = at
      while (first > 0 && !hasTokens(filters[first - 1], needed)) first--
      this.skipped += at - first
      return (filters[first] ?? chunk).firstSeq - 1
    }
    const last = filters.length - 1
    if (at < 0 || at === last) return chunk.lastSeq + 1
    let next = at + 1
    while (next < last && !hasTokens(filters[next], needed)) next++
    this.skipped += next - at - 1
    return filters[next].firstSeq
  }

  /** Forgets what is known of a segment whose file is replaced. */
  forget(from: number, to: number): void {
    this.#last = undefined
    for (const [firstSeq, block] of this.#blocks)
      if (firstSeq >= from && firstSeq <= to) this.#drop(firstSeq, block)
  }

  #filterOf(segment: Segment, chunk: SummaryHeader): ChunkFilter | undefined {
    const known = this.#last && filterFor(chunk, this.#last.filters)
    if (known !== undefined) return known
    this.#last = this.#blockOf(segment, chunk)
    return this.#last && filterFor(chunk, this.#last.filters)
  }

  #blockOf(segment: Segment, chunk: SummaryHeader): FilterBlock | undefined {
    const firstSeq = blockBefore(segment, chunk.firstSeq)
    if (firstSeq === undefined) return undefined
    const block = this.#blocks.get(firstSeq) ?? readBlock(segment, firstSeq)
    this.#keep(firstSeq, block)
    return block
  }

  #keep(firstSeq: number, block: FilterBlock): void {
    const known = this.#blocks.get(firstSeq)
    if (known !== undefined) this.#drop(firstSeq, known)
    this.#blocks.set(firstSeq, block)
    this.#bytes += block.bytes
    for (const [oldest, other] of this.#blocks) {
      if (this.#bytes <= MAX_BYTES) break
      this.#drop(oldest, other)
    }
  }

  #drop(firstSeq: number, { bytes }: FilterBlock): void {
    this.#blocks.delete(firstSeq)
    this.#bytes -= bytes
  }
}

/** True also if every token may be in the chunk. */
function hasTokens({ bits }: ChunkFilter, needed: NeededTokens): boolean {
  return bits.length === 0 || mayMatchTokens(needed, (token) => mayHaveToken(bits, token))
}

/** A block that is damaged, or of another format, has no filters. */
function readBlock(segment: Segment, firstSeq: number): FilterBlock {
  const bytes = blockAt(segment, firstSeq)
  try {
    return { filters: (bytes && decodeBlock(bytes)) ?? [], bytes: bytes?.length ?? 0 }
  } catch {
    return { filters: [], bytes: 0 }
  }
}
