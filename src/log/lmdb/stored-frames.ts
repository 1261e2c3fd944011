import type { TocsinError } from '../../errors/tocsin-error.js'
import type { FrameRange } from '../frame-range.js'
import type { FrameSource } from '../frame-reader.js'
import type { KnownDamage } from '../known-damage.js'
import type { Ring } from '../ring.js'
import { GAP_PREFIX } from './chunk-statistics.js'
import { damagedIn } from './damaged-range.js'
import type { Segment } from './segment.js'
import type { ChunkLocation, Segments } from './segments.js'

/** Number of chunks that a read skips at a time, before it reads one even if it cannot match. */
const MAX_SKIPPED = 64

/** The frames of one read: from the ring if it has them, else from the segments. */
export class StoredFrames implements FrameSource {
  readonly #ring: Ring
  readonly #segments: Segments
  readonly #prefixes: readonly string[] | undefined
  readonly #onlyGaps: boolean
  readonly #damage: KnownDamage
  /** The segment being read, which is not removed meanwhile. */
  #held: Segment | undefined

  constructor(ring: Ring, segments: Segments, damage: KnownDamage, prefixes: readonly string[] | undefined) {
    this.#ring = ring
    this.#segments = segments
    this.#damage = damage
    // All events begin with the empty prefix: no summary needs to be read.
    this.#prefixes = prefixes?.includes('') ? undefined : prefixes
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
    return this.#segments.load(location, !backwards && this.#prefixes === undefined)
  }

  #locate(seq: number, backwards: boolean): ChunkLocation | undefined {
    let location = this.#segments.locate(seq, backwards, this.#onlyGaps)
    for (
      let skipped = 0;
      location !== undefined && skipped < MAX_SKIPPED && !this.#mayMatch(location);
      skipped++
    ) {
      const { firstSeq, lastSeq } = location.chunk
      const next = this.#segments.locate(backwards ? firstSeq - 1 : lastSeq + 1, backwards, this.#onlyGaps)
      if (next === undefined && !backwards) return undefined
      location = next
    }
    return location
  }

  #mayMatch({ chunk }: ChunkLocation): boolean {
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
