/** A hub that forwards its events to this one, since this one has started. */
export interface EdgeInfo {
  name: string
  principal: string
  /** Where it is, or was last. */
  address: string
  state: 'up' | 'down'
  /** µs since the epoch */
  since: number
  /** Number of its events stored here. */
  events: number
  /** Number of its events that it had not forwarded when it was last heard of, at most. */
  waiting: number
  /** Time of the first of them, µs since the epoch. */
  waitingSince?: number
  /** Number of ranges that it could not forward. */
  gaps: number
}
