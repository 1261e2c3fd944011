import type { TocsinError } from '../../errors/tocsin-error.js'
import { nextTurn, type Runtime } from '../../event/runtime.js'
import type { NeededWords, ReadLimits } from '../event-log.js'
import type { FrameRange } from '../frame-range.js'
import type { FrameSource } from '../frame-reader.js'
import type { KnownDamage } from '../known-damage.js'
import { NotReady } from '../not-ready.js'
import type { Ring } from '../ring.js'
import { GAP_PREFIX } from './chunk-statistics.js'
import { damagedIn } from './damaged-range.js'
import type { Segment } from './segment.js'
import type { ChunkLocation, Segments } from './segments.js'
import type { StoredSummary } from './stored-summary.js'

/** Number of chunks that a read skips in one turn. */
const MAX_SKIPPED = 64

/** The places where a log has its frames. */
export interface FrameStore {
  readonly ring: Ring
  readonly segments: Segments
  readonly damage: KnownDamage
  readonly runtime: Runtime
}

/** The frames of one read: from the ring if it has them, else from the segments. */
export class StoredFrames implements FrameSource {
  readonly #ring: Ring
  readonly #segments: Segments
  readonly #prefixes: readonly string[] | undefined
  readonly #needed: NeededWords | undefined
  readonly #onlyGaps: boolean
  readonly #damage: KnownDamage
  readonly #runtime: Runtime
  /** Where chunks that cannot match have been skipped up to. */
  #next: number | undefined
  /** The segment being read, which is not removed meanwhile. */
  #held: Segment | undefined

  constructor({ ring, segments, damage, runtime }: FrameStore, { prefixes, needed }: ReadLimits) {
    this.#ring = ring
    this.#segments = segments
    this.#damage = damage
    this.#runtime = runtime
    // All events begin with the empty prefix: no summary needs to be read.
    this.#prefixes = prefixes?.includes('') ? undefined : prefixes
    this.#needed = needed
    this.#onlyGaps = prefixes?.every((prefix) => prefix.startsWith(GAP_PREFIX)) ?? false
  }

  get opening(): Promise<void> | undefined {
    return this.#segments.opening
  }

  find(seq: number, backwards: boolean): FrameRange | undefined {
    try {
      return this.#find(seq, backwards)
    } catch (thrown) {
      this.#damage.found({ ...damagedIn(thrown), reason: (thrown as TocsinError).message })
      throw thrown
    }
  }

  release(): void {
    this.#hold(undefined)
  }

  #find(seq: number, backwards: boolean): FrameRange | undefined {
    const inRing = seq >= (this.#ring.slabs[0]?.firstSeq ?? Number.POSITIVE_INFINITY)
    const location = inRing ? undefined : this.#locate(seq, backwards)
    this.#hold(location?.segment)
    if (location === undefined) return this.#ring.find(seq, backwards)
    const isWhole = this.#prefixes === undefined && this.#needed === undefined
    return this.#segments.read(location, !backwards && isWhole)
  }

  #locate(seq: number, backwards: boolean): ChunkLocation | undefined {
    let at =
      this.#next === undefined ? seq : backwards ? Math.min(seq, this.#next) : Math.max(seq, this.#next)
    for (let skipped = 0; skipped < MAX_SKIPPED; skipped++) {
      const location = this.#segments.locate(at, backwards, this.#onlyGaps)
      if (location === undefined) return undefined
      const next = this.#behind(location, backwards)
      if (next === undefined) return location
      at = next
    }
    this.#next = at
    throw new NotReady(nextTurn(this.#runtime))
  }

  /** Returns the seq behind a chunk and those that are passed over with it; undefined if it may match. */
  #behind({ segment, chunk }: ChunkLocation, backwards: boolean): number | undefined {
    const { tokens, seesAll } = this.#needed ?? {}
    const isAsked = tokens !== undefined && segment.isIndexed && (seesAll?.(chunk.prefixes) ?? true)
    if (isAsked && !this.#segments.index.mayHave(segment, chunk, tokens)) {
      if (seesAll === undefined) return this.#segments.index.behind(chunk, tokens, backwards)
    } else if (this.#hasTags(chunk)) return undefined
    return backwards ? chunk.firstSeq - 1 : chunk.lastSeq + 1
  }

  #hasTags(chunk: StoredSummary): boolean {
    if (this.#prefixes === undefined) return true
    const { counts, complete } = chunk.prefixes
    if (!complete) return true
    return counts.some(([known]) => this.#prefixes!.some((wanted) => isCompatible(known, wanted)))
  }

  #hold(segment: Segment | undefined): void {
    if (segment === this.#held) return
    if (this.#held !== undefined) this.#held.readers--
    if (segment !== undefined) segment.readers++
    this.#held = segment
  }
}

/** Returns whether a tag that is counted as `known` may begin with `wanted`. */
function isCompatible(known: string, wanted: string): boolean {
  return known.startsWith(wanted) || wanted.startsWith(known)
}
