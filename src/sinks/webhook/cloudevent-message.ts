import { BYTES_TYPE, type CloudEvent, JSON_TYPE, toCloudEvent } from '../../event/cloudevents.js'
import type { Event } from '../../event/event.js'
import { isLong } from '../../incremental/long-text.js'
import { buffersOf, eventJson, longParts, type Pieces } from '../event-json.js'
import type { EventView } from '../sink.js'

export type MessageMode = 'structured' | 'binary' | 'batch'

export interface Message {
  headers: Record<string, string>
  body: Buffer[]
}

/** The CloudEvents as a message of the HTTP binding, made in steps. Only a batch may have several. */
export function* cloudEventMessage(
  events: readonly Event[],
  mode: MessageMode,
  view: EventView,
): Generator<undefined, Message> {
  if (mode === 'batch') {
    const headers = { 'Content-Type': 'application/cloudevents-batch+json' }
    return { headers, body: yield* buffersOf(list(events, view)) }
  }
  if (mode === 'structured') {
    const headers = { 'Content-Type': 'application/cloudevents+json' }
    return { headers, body: yield* buffersOf(eventJson(events[0], view)) }
  }
  const { head, data } = isLong(events[0]) ? longParts(events[0], view) : shortParts(events[0], view)
  return { headers: headersOf(head), body: yield* buffersOf(data) }
}

function* list(events: readonly Event[], view: EventView): Pieces {
  for (const [nth, event] of events.entries()) {
    yield nth === 0 ? '[' : ','
    yield* eventJson(event, view)
  }
  yield ']'
}

function shortParts(event: Event, view: EventView): { head: CloudEvent; data: Pieces } {
  const { data, data_base64: base64, ...head } = toCloudEvent(event, view)
  const isBytes = base64 !== undefined
  const type = head.datacontenttype ?? (isBytes ? BYTES_TYPE : JSON_TYPE)
  const body = isBytes ? Buffer.from(base64, 'base64') : JSON.stringify(data ?? null)
  return { head: { ...head, datacontenttype: type }, data: [body].values() as Pieces }
}

function headersOf({ datacontenttype, ...attributes }: CloudEvent): Record<string, string> {
  const named = Object.entries(attributes).filter(([, value]) => value !== undefined)
  const headers = Object.fromEntries(named.map(([name, value]) => [`ce-${name}`, headerText(String(value))]))
  return { ...headers, 'Content-Type': datacontenttype ?? JSON_TYPE }
}

/** CloudEvents HTTP binding §3.1.3.2: everything but printable ASCII, and blank, quote and percent, in percent codes. */
function headerText(text: string): string {
  return text.replace(/[^!#$&-~]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  )
}
