import type { GapReason } from '../../bus/sink.js'
import type { Filters, Wanted, WhichTime } from './params.js'

/** Stored events, filters and gaps. */
export interface EventMethods {
  'filters.explain': { params: ExplainParams; result: ExplainResult }
  'events.get': { params: { cursor: string }; result: { cursor: string; frame: Uint8Array } }
  /** Returns one page; `next` is the `from` (or with `before` the `before`) of the following one. */
  'events.read': { params: ReadParams; result: EventPage }
  /** Counts the events that happened in a period and were stored after it, so that a range of stored events lacks them. */
  'events.late': { params: LateParams; result: LateEvents }
  'tags.complete': {
    params: { prefix: string; limit?: number }
    result: { tags: TagCompletion[]; exact: boolean }
  }
  'gaps.list': {
    params: { from?: string; to?: string; limit?: number }
    result: { gaps: GapInfo[]; more: boolean }
  }
}

export interface ExplainParams {
  filters?: Filters
  /** An event to test the filter with. */
  cursor?: string
  /** Counts matching events in this range. */
  from?: string
  to?: string
}

export interface ExplainResult {
  /** Canonical JSON form. */
  filter: string
  /**
   * An explanation for people: how it was parsed, which part the index answers, and for an event which clause failed.
   */
  text: string
  event?: { cursor: string; matches: boolean; text: string }
  count?: { matched: number; seen: number; exact: boolean }
}

export interface ReadParams extends Wanted {
  /** Default: the start. With `before`, the lower end. */
  from?: string
  to?: string
  /** Reads backwards, from the last event before this position. */
  before?: string
  /**
   * By which time the range is meant; default `stored`. By that of the events, they come in the order in which they
   * happened, complete up to the number at which the question began.
   */
  time?: WhichTime
  /** By the time of the events: the `next` of the page before, with all other parameters the same. */
  more?: string
  limit?: number
  /** Where to continue if the cursor in `from` is ahead of the log or belongs to another log; default `now`. */
  otherwise?: 'start' | 'now'
}

export interface LateParams extends Wanted {
  /** Default: the start. */
  from?: string
  /** Default: now. */
  to?: string
}

export interface LateEvents {
  count: number
  /** False if events cannot be read because of damage: then `count` is a lower bound. */
  exact: boolean
}

export interface EventPage {
  /**
   * Whole frames, back to back: in rising order of seq, or falling with `before`. By the time of the events, in the order
   * of these times, and of seqs where they are equal.
   */
  frames: Uint8Array
  count: number
  /** Set if there may be more; by the time of the events it is `more` of the next request. Such a page may be empty, because it reached the limit of work. */
  next?: string
  /** A subscription from this cursor continues after the newest event that was examined. */
  cursor: string
  gaps: ReadGap[]
}

/** Seqs that are missing from this page and will not appear in another read. */
export interface ReadGap {
  from: number
  to: number
  reason: GapReason
  /** An explanation of the reason, if the numbers alone mislead. */
  note?: string
}

export interface TagCompletion {
  /** Prefix up to and including the next `/`, or the whole tag. */
  text: string
  count: number
  /** True if `text` is a whole tag. */
  complete: boolean
}

export interface GapInfo {
  /** `source`: lost by a source (event `hub.gap`); `log`: seqs removed by an unclean stop, or damaged. */
  kind: 'source' | 'log'
  source?: string
  /** Text in the source's own terms, or seqs of the log. */
  from?: number | string
  to?: number | string
  /** null if unknown: after a crash none, or those of its last moments. */
  count?: number | null
  reason: string
  /** An explanation of the reason, if the numbers alone mislead. */
  note?: string
  /** Time of the last event before the loss, µs. */
  since?: number
  /** When the loss was found or reported, µs. After a crash: the restart. */
  time?: number
  /** Cursor of the event that reported it. */
  cursor?: string
}
