import { Event, TocsinError } from 'tocsin/browser'
import { hub } from '../../hub/live.js'
import { strings } from '../../strings.js'

/** The event with this cursor, or why it cannot be shown. */
export async function findEvent(cursor: string): Promise<Event | string> {
  const { gone, goneNever, foreign } = strings.events
  try {
    const client = await hub()
    if (cursor.slice(0, cursor.indexOf('-')) !== client.welcome.epoch) return foreign
    const { frame } = await client.request('events.get', { cursor })
    return new Event(frame)
  } catch (error) {
    if (TocsinError.is(error, 'TCN_EVENT_EXPIRED')) return gone
    if (TocsinError.is(error, 'TCN_EVENT_UNKNOWN')) return goneNever
    return (error as Error).message
  }
}
