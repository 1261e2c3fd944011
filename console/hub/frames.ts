import { Event } from 'tocsin/browser'

/** The events of frames that are back to back. */
export function eventsIn(bytes: Uint8Array, count: number): Event[] {
  const events: Event[] = []
  for (let at = 0; events.length < count; ) {
    const event = new Event(bytes, at)
    events.push(event)
    at = event.end
  }
  return events
}
