import { frameBytes, frameSeq } from '../event/frame.js'
import { matchInSteps, searchesLong } from '../filter/long-bodies.js'
import type { Matcher } from '../filter/matcher.js'
import type { FrameBatch } from '../log/event-log.js'
import { FrameCollector } from './frame-collector.js'

/** Events that a search looks at before it asks its budget again, with a filter that costs no more than LOW_COST. */
const EVENTS_A_STEP = 64
const LOW_COST = 10
/** A batch of more bytes is not searched at once. */
const MAX_SEARCHED = 1024 * 1024

/** Frames that are searched together for what an event that matches must have. */
const GROUP = 16

/** Returns the offset behind the next frames that are searched together. */
function groupEnd(bytes: Uint8Array, at: number): number {
  let end = at
  for (let left = GROUP; left > 0 && end < bytes.length; left--) end += frameBytes(bytes, end)
  return end
}

/** Returns whether frames of the batch can be passed over in groups. */
function isSearched(matcher: Matcher, bytes: Uint8Array): boolean {
  return matcher.mayMatch !== undefined && bytes.length <= MAX_SEARCHED
}

/** Returns those of the frames of a batch that may match, by their offsets. */
export function possibleFrames(
  matcher: Matcher,
  bytes: Uint8Array,
  offsets: readonly number[],
): readonly number[] {
  if (!isSearched(matcher, bytes)) return offsets
  const possible: number[] = []
  for (let first = 0; first < offsets.length; first += GROUP) {
    const end = first + GROUP
    if (matcher.mayMatch?.(bytes, offsets[first], offsets[end] ?? bytes.length) !== false)
      possible.push(...offsets.slice(first, end))
  }
  return possible
}

/** Returns how many events a search may look at before it asks its budget again. */
export function eventsAStep({ cost }: Matcher): number {
  return Math.max(1, Math.floor((EVENTS_A_STEP * LOW_COST) / Math.max(LOW_COST, cost)))
}

/**
 * The frames of a batch after `cursor` that match, found in one step with a cheap filter and in several with a costly
 * one: a chunk may hold many texts on which that takes long.
 */
export class MatchingFrames {
  readonly found = new FrameCollector()
  readonly #bytes: Uint8Array
  readonly #cursor: number
  readonly #matcher: Matcher
  readonly #step: number
  #at = 0
  /** End of the frames of which one may match. */
  #possible: number
  /** The test of the long event at `at`, which takes several steps. */
  #test: Generator<void, boolean> | undefined

  constructor({ bytes }: FrameBatch, cursor: number, matcher: Matcher) {
    this.#bytes = bytes
    this.#cursor = cursor
    this.#matcher = matcher
    this.#possible = isSearched(matcher, bytes) ? 0 : bytes.length
    this.#step = matcher.cost <= LOW_COST ? Number.POSITIVE_INFINITY : eventsAStep(matcher)
  }

  /** Returns whether all frames have been looked at. Those that match and lie together are added at once. */
  step(): boolean {
    const bytes = this.#bytes
    let [start, at, frames] = [this.#at, this.#at, 0]
    for (let left = this.#step; left > 0 && at < bytes.length; left--) {
      const possible = this.#possibleFrom(at)
      if (possible > at) {
        if (frames > 0) this.found.add(bytes, start, at, frames)
        frames = 0
        start = at = possible
        continue
      }
      const next = at + frameBytes(bytes, at)
      const isMatch = frameSeq(bytes, at) > this.#cursor && this.#matches(at)
      if (isMatch === undefined) break
      if (isMatch) frames++
      else {
        if (frames > 0) this.found.add(bytes, start, at, frames)
        start = next
        frames = 0
      }
      at = next
    }
    if (frames > 0) this.found.add(bytes, start, at, frames)
    this.#at = at
    return at >= bytes.length
  }

  /** Returns whether the frame matches; undefined if that takes another step. */
  #matches(at: number): boolean | undefined {
    if (!searchesLong(this.#matcher, this.#bytes, at)) return this.#matcher.matches(this.#bytes, at)
    this.#test ??= matchInSteps(this.#matcher, this.#bytes, at)
    const { done, value } = this.#test.next()
    if (done !== true) return undefined
    this.#test = undefined
    return value
  }

  /** Returns the offset of the next frame that may match. */
  #possibleFrom(start: number): number {
    const bytes = this.#bytes
    let at = start
    while (at >= this.#possible && at < bytes.length) {
      this.#possible = groupEnd(bytes, at)
      if (this.#matcher.mayMatch?.(bytes, at, this.#possible) === false) at = this.#possible
    }
    return at
  }
}
