import { toTocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'
import { isLongFrame } from '../filter/long-bodies.js'
import type { Matcher } from '../filter/matcher.js'
import type { ReadLimits } from '../log/event-log.js'
import { encodeFrames } from './encode-frames.js'
import { FrameCollector } from './frame-collector.js'
import { MatchMeter } from './match-meter.js'
import { readHints } from './read-hints.js'
import type { Format, Piece } from './sink.js'

/** A member of a group that has received everything and gets the output of every tick. */
export interface LiveMember {
  /** Index in the group's list; set by the group. */
  liveIndex: number
  deliver(pieces: readonly Piece[], frames: number): void
  /** Reads the events of this tick from the log, since it takes long to test them. */
  readLater(): void
  /** Ends it, since its format cannot write an event. */
  fail(thrown: unknown): void
}

/**
 * Subscriptions with the same filter, the same rights and the same format: the events that match in a tick
 * are collected once and written to all of them. A group collects from its first subscription on, live or
 * not, so that one that catches up can join in the middle of a tick.
 */
export class Group {
  readonly key: string
  /** For events as they arrive. Its time counts for the principal. Events that would take long to test match, see `postpone`. */
  readonly matcher: Matcher
  /** For events that are read from the log, which takes a slice of each turn however costly the filter is. */
  readonly reading: Matcher
  /** Measures the filter; undefined if it is cheap. */
  readonly meter: MatchMeter | undefined
  readonly format: Format | undefined
  readonly output = new FrameCollector()
  readonly live: LiveMember[] = []
  /** Subscriptions that belong here, live or catching up. */
  members = 0
  /** Waits for the coming flush; set by `GroupTable`. */
  queued = false
  /** True if an event of this tick has not been tested. */
  #isPostponed = false

  constructor(key: string, matcher: Matcher, format: Format | undefined, runtime: Runtime) {
    this.key = key
    this.meter = MatchMeter.of(matcher, runtime)
    this.matcher = withoutLongSearches(this.meter?.matcher ?? matcher)
    this.reading = matcher
    this.format = format
  }

  get hints(): Pick<ReadLimits, 'prefixes' | 'needed'> {
    return readHints(this.reading)
  }

  join(member: LiveMember): void {
    member.liveIndex = this.live.length
    this.live.push(member)
  }

  leave(member: LiveMember): void {
    const last = this.live.pop()
    if (last === undefined || last === member) {
      member.liveIndex = -1
      return
    }
    this.live[member.liveIndex] = last
    last.liveIndex = member.liveIndex
    member.liveIndex = -1
  }

  /** Leaves an event of this tick untested: all of the tick is read from the log instead. */
  postpone(): void {
    this.#isPostponed = true
  }

  /** Hands the output of the tick to all live members. */
  flush(): void {
    const { frames } = this.output
    if (this.#isPostponed) return void this.#readLater()
    if (this.live.length === 0) {
      this.output.clear()
      return
    }
    let pieces: readonly Piece[]
    try {
      pieces = this.encode(this.output.take())
    } catch (thrown) {
      for (const member of [...this.live]) member.fail(thrown)
      return
    }
    // From the end: a member that leaves is replaced by one that was served already.
    for (let i = this.live.length - 1; i >= 0; i--) this.live[i].deliver(pieces, frames)
  }

  #readLater(): void {
    this.output.clear()
    this.#isPostponed = false
    for (const member of [...this.live]) member.readLater()
  }

  /** Throws TCN_INTERNAL if the format, which belongs to a face, cannot write an event. */
  encode(pieces: readonly Uint8Array[]): readonly Piece[] {
    try {
      return encodeFrames(this.format, pieces)
    } catch (thrown) {
      throw toTocsinError(thrown, 'TCN_INTERNAL')
    }
  }
}

function withoutLongSearches(matcher: Matcher): Matcher {
  if (!matcher.searchesBody) return matcher
  return { ...matcher, matches: (bytes, at) => isLongFrame(bytes, at) || matcher.matches(bytes, at) }
}

export function groupKey(matcher: Matcher, format: Format | undefined): string {
  return `${format?.name ?? 'frame'} ${matcher.key}`
}
