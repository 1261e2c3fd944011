import type { FrameRange } from '../frame-range.js'
import type { FrameSource } from '../frame-reader.js'
import type { Ring } from '../ring.js'
import type { Segment } from './segment.js'
import type { Place, Segments } from './segments.js'

/** Number of chunks that a read skips at a time, before it reads one even if it cannot match. */
const MAX_SKIPPED = 64

/** The frames of one read: from the ring if it has them, else from the segments. */
export class StoredFrames implements FrameSource {
  readonly #ring: Ring
  readonly #segments: Segments
  readonly #prefixes: readonly string[] | undefined
  /** The segment being read, which is not removed meanwhile. */
  #held: Segment | undefined

  constructor(ring: Ring, segments: Segments, prefixes: readonly string[] | undefined) {
    this.#ring = ring
    this.#segments = segments
    this.#prefixes = prefixes
  }

  get opening(): Promise<void> | undefined {
    return this.#segments.opening
  }

  find(seq: number, backwards: boolean): FrameRange | undefined {
    const inRing = seq >= (this.#ring.slabs[0]?.firstSeq ?? Number.POSITIVE_INFINITY)
    const place = inRing ? undefined : this.#placeOf(seq, backwards)
    this.#hold(place?.segment)
    if (place === undefined) return this.#ring.find(seq, backwards)
    return this.#segments.load(place, !backwards && this.#prefixes === undefined)
  }

  release(): void {
    this.#hold(undefined)
  }

  #placeOf(seq: number, backwards: boolean): Place | undefined {
    let place = this.#segments.locate(seq, backwards)
    for (let skipped = 0; place !== undefined && skipped < MAX_SKIPPED && !this.#mayMatch(place); skipped++) {
      const { firstSeq, lastSeq } = place.chunk
      const next = this.#segments.locate(backwards ? firstSeq - 1 : lastSeq + 1, backwards)
      if (next === undefined && !backwards) return undefined
      place = next
    }
    return place
  }

  #mayMatch({ segment, chunk }: Place): boolean {
    if (this.#prefixes === undefined) return true
    const { counts, complete } = segment.summary(chunk.firstSeq).prefixes
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

/** Whether a tag whose first two segments are `known` may begin with `wanted`. */
function isCompatible(known: string, wanted: string): boolean {
  return known.startsWith(wanted) || wanted.startsWith(known)
}
