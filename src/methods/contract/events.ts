import type { GapReason } from '../../bus/sink.js'
import type { Filters, Wanted } from './params.js'

/** Stored events, filters and gaps. */
export interface EventMethods {
  'filters.explain': { params: ExplainParams; result: ExplainResult }
  'events.get': { params: { cursor: string }; result: { cursor: string; frame: Uint8Array } }
  /** One page; `next` is the `from` (or with `before` the `before`) of the following one. */
  'events.read': { params: ReadParams; result: EventPage }
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
  /** An event to try it on. */
  cursor?: string
  /** Counts what matches in this range. */
  from?: string
  to?: string
}

export interface ExplainResult {
  /** The canonical JSON form. */
  filter: string
  /** How it was read, which part the index answers, and for an event which clause failed; lines for people. */
  text: string
  event?: { cursor: string; matches: boolean; text: string }
  count?: { matched: number; seen: number; exact: boolean }
}

export interface ReadParams extends Wanted {
  /** Default: the start. With `before` the lower end. */
  from?: string
  to?: string
  /** Reads backwards, from the last event before this position. */
  before?: string
  limit?: number
  /** Where to go on when the cursor in `from` is ahead of the log or of another one; default `now`. */
  otherwise?: 'start' | 'now'
}

export interface EventPage {
  /** Whole frames, back to back: rising seq, or falling with `before`. */
  frames: Uint8Array
  count: number
  /** There may be more. A page with `next` may be empty: the work that one page may cost was done. */
  next?: string
  /** A subscription from here goes on where the newest event that was looked at ends. */
  cursor: string
  gaps: ReadGap[]
}

/** Numbers that this page does not have and another read will not bring. */
export interface ReadGap {
  from: number
  to: number
  reason: GapReason
}

export interface TagCompletion {
  /** The prefix up to and including the next `/`, or the whole tag. */
  text: string
  count: number
  /** True for a whole tag. */
  complete: boolean
}

export interface GapInfo {
  /** `source`: a source lost it (event `hub.gap`); `log`: an unclean stop took the numbers away. */
  kind: 'source' | 'log'
  source?: string
  /** Text as the source counts, or numbers of the log. */
  from?: number | string
  to?: number | string
  count?: number
  reason: string
  time?: number
  /** Of the event that reported it. */
  cursor?: string
}
