/** Longest time that the attribute `time` may be later than the log's own time of an event, µs: a day. */
export const MOST_AHEAD = 86_400e6

/**
 * Returns whether a time of its own, µs since the epoch, can be that at which an event happened: one from 1970 on, and at
 * most a day after the log stored the event.
 */
export function isPlausible(own: number, stored: number): boolean {
  return own >= 0 && own <= stored + MOST_AHEAD
}
