import type { Event } from './event.js'
import { eventTime } from './event-time.js'

/**
 * When the event happened, in µs since the epoch. An event that was forwarded, imported or read from a log file brings
 * its time along; `event.time` is then the later time at which this log stored it.
 */
export function ownTime({ bytes, at }: Event): number {
  return eventTime(bytes, at)
}
