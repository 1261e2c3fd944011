import type { Event } from './event.js'
import { parseTime } from './position.js'

/**
 * When the event happened, in µs since the epoch. An event that was forwarded or imported brings its time along;
 * `event.time` is then the later time at which this log stored it.
 */
export function ownTime(event: Event): number {
  const { time } = event.attributes
  return (typeof time === 'string' ? parseTime(time) : undefined) ?? event.time
}
