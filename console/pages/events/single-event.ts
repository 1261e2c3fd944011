import { type Client, Event, TocsinError } from 'tocsin/browser'
import { strings } from '../../strings.js'

/** The event with this cursor, or why it cannot be shown. */
export async function findEvent(client: Client, cursor: string): Promise<Event | string> {
  const { gone, goneNever, foreign } = strings.events
  if (cursor.slice(0, cursor.indexOf('-')) !== client.welcome.epoch) return foreign
  try {
    const { frame } = await client.request('events.get', { cursor })
    return new Event(frame)
  } catch (error) {
    if (TocsinError.is(error, 'TCN_EVENT_EXPIRED')) return gone
    if (TocsinError.is(error, 'TCN_EVENT_UNKNOWN')) return goneNever
    return (error as Error).message
  }
}
