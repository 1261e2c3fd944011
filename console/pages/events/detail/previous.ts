import { Event } from 'tocsin/browser'
import type { EventPage } from '../../../../src/methods/contract/index.js'
import { hub, type Reader } from '../../../hub/live.js'
import type { KnownTypes } from '../../../hub/types.js'
import type { FilterInput } from '../query.js'
import { typeIn } from '../row-text.js'
import { exact, keysOf } from './correlation.js'

/** The hub looks through this many pages of its limit of work. */
const MAX_PAGES = 32

/** The last event of its kind before this one: of the same tag, or of the same type and with the same keys. */
export async function previousOf(
  event: Event,
  types: KnownTypes,
  signal: AbortSignal,
): Promise<Event | undefined> {
  const client = await hub()
  for (const filters of kindsOf(event, types)) {
    const found = await lastBefore(client, event.seq, filters, signal)
    if (found !== undefined) return found
  }
  return undefined
}

function kindsOf(event: Event, { typeOf, correlationOf }: KnownTypes): FilterInput[] {
  const type = typeIn(event, typeOf)
  const declared = correlationOf(type)
  const keys = keysOf(event, declared).filter(({ field }) => declared.includes(field) || field === 'source')
  const same = (filters: readonly FilterInput[]) =>
    ({ all: [exact('type', type), ...filters] }) as FilterInput
  const values = keys.slice(0, -1).map(({ filter }) => filter)
  return [
    exact('tag', event.tag),
    ...(values.length === 0 || values.length < declared.length ? [] : [same(values)]),
    same([exact('source', event.source)]),
  ]
}

async function lastBefore(
  client: Reader,
  seq: number,
  filters: FilterInput,
  signal: AbortSignal,
): Promise<Event | undefined> {
  let before: string | undefined = `@${seq}`
  for (let page = 0; before !== undefined && page < MAX_PAGES; page++) {
    const found: EventPage = await client.request<EventPage>(
      'events.read',
      { filters, before, limit: 1 },
      { signal },
    )
    if (found.count > 0) return new Event(found.frames)
    before = found.next
  }
  return undefined
}
