import { frameBytes, frameSeq } from '../event/frame.js'
import type { Matcher } from '../filter/matcher.js'
import type { FrameBatch } from '../log/event-log.js'
import { FrameCollector } from './frame-collector.js'

/** Events that a search looks at before it asks its budget again, with a filter that costs no more than LOW_COST. */
const EVENTS_A_STEP = 64
const LOW_COST = 10
/** A batch of more bytes is not searched at once. */
const MAX_SEARCHED = 1024 * 1024

/** Returns false for a batch without a match, if that can be known without looking at each frame. */
export function mayMatch(matcher: Matcher, bytes: Uint8Array): boolean {
  return bytes.length > MAX_SEARCHED || matcher.mayMatch?.(bytes, 0, bytes.length) !== false
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

  constructor({ bytes }: FrameBatch, cursor: number, matcher: Matcher) {
    this.#bytes = bytes
    this.#cursor = cursor
    this.#matcher = matcher
    if (!mayMatch(matcher, bytes)) this.#at = bytes.length
    this.#step = matcher.cost <= LOW_COST ? Number.POSITIVE_INFINITY : eventsAStep(matcher)
  }

  /** Returns whether all frames have been looked at. Those that match and lie together are added at once. */
  step(): boolean {
    const bytes = this.#bytes
    let [start, at, frames] = [this.#at, this.#at, 0]
    for (let left = this.#step; left > 0 && at < bytes.length; left--) {
      const next = at + frameBytes(bytes, at)
      if (frameSeq(bytes, at) > this.#cursor && this.#matcher.matches(bytes, at)) frames++
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
}
