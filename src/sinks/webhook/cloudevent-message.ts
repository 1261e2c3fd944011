import { BYTES_TYPE, type CloudEvent, JSON_TYPE, toCloudEvent } from '../../event/cloudevents.js'
import type { Event } from '../../event/event.js'
import type { EventView } from '../sink.js'

export type MessageMode = 'structured' | 'binary' | 'batch'

export interface Message {
  headers: Record<string, string>
  body: Uint8Array
}

/** The CloudEvents as a message of the HTTP binding. Only a batch may have several. */
export function messageOf(events: readonly Event[], mode: MessageMode, view: EventView): Message {
  const [first, ...others] = events.map((event) => toCloudEvent(event, view))
  if (mode === 'batch') return json('application/cloudevents-batch+json', [first, ...others])
  return mode === 'binary' ? binary(first) : json('application/cloudevents+json', first)
}

function json(type: string, value: unknown): Message {
  return { headers: { 'Content-Type': type }, body: Buffer.from(JSON.stringify(value)) }
}

function binary({ data, data_base64: base64, datacontenttype, ...attributes }: CloudEvent): Message {
  const named = Object.entries(attributes).filter(([, value]) => value !== undefined)
  const headers = Object.fromEntries(named.map(([name, value]) => [`ce-${name}`, headerText(String(value))]))
  const isBytes = base64 !== undefined
  return {
    headers: { ...headers, 'Content-Type': datacontenttype ?? (isBytes ? BYTES_TYPE : JSON_TYPE) },
    body: isBytes ? Buffer.from(base64, 'base64') : Buffer.from(JSON.stringify(data ?? null)),
  }
}

/** CloudEvents HTTP binding §3.1.3.2: everything but printable ASCII, and blank, quote and percent, in percent codes. */
function headerText(text: string): string {
  return text.replace(/[^!#$&-~]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  )
}
