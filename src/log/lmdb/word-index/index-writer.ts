import { frameBytes } from '../../../event/frame.js'
import { tokensOf } from '../../../filter/tokens/frame-tokens.js'
import type { Write } from '../../../storage/environment.js'
import { CHUNK_BYTES } from '../chunk-queue.js'
import { addToBloom, bloomBytes } from './bloom.js'
import { CHUNKS_A_BLOCK, type ChunkFilter, encodeBlock } from './index-block.js'
import { FILTERS } from './index-table.js'
import { TokenSet } from './token-set.js'

const NO_FILTER = new Uint8Array(0)

/** Makes the filters of the chunks of a segment, which are added in order. */
export class IndexWriter {
  readonly #tokens = new TokenSet()
  #filters: ChunkFilter[] = []

  /** Returns what is to be stored now. */
  add(plain: Uint8Array, { firstSeq, crc32 }: Omit<ChunkFilter, 'bits'>): Write[] {
    this.#filters.push({ firstSeq, crc32, bits: this.#bitsOf(plain) })
    return this.#filters.length < CHUNKS_A_BLOCK ? [] : this.end()
  }

  /** Returns the rest that is to be stored. */
  end(): Write[] {
    const [first] = this.#filters
    if (first === undefined) return []
    const value = encodeBlock(this.#filters)
    this.#filters = []
    return [{ table: FILTERS, key: first.firstSeq, value, append: true }]
  }

  /** A single large event, and a chunk with too many different words, have no filter. */
  #bitsOf(plain: Uint8Array): Uint8Array {
    if (plain.length > CHUNK_BYTES) return NO_FILTER
    this.#tokens.clear()
    for (let at = 0; at < plain.length; at += frameBytes(plain, at)) tokensOf(plain, at, this.#tokens.add)
    if (this.#tokens.isFull) return NO_FILTER
    const bits = new Uint8Array(bloomBytes(this.#tokens.tokens.length))
    for (const token of this.#tokens.tokens) addToBloom(bits, token)
    return bits
  }
}
