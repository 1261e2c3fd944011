import type { FilterInput } from '../protocols/native/protocol.js'
import type { Client, EventTimeOptions } from './api.js'
import { inLocalZone } from './subscribe/local-positions.js'
import { ReceivedBatch } from './subscribe/received-batch.js'
import type { ReceivedEvent } from './subscribe/received-event.js'

const EVENTS_A_PAGE = 1000

/** Yields the stored events that match in the order in which they happened, page by page. */
export async function* readByEventTime(
  client: Client,
  typeOf: (tag: string) => string,
  filter: FilterInput | undefined,
  { reverse, onGap, signal, ...range }: EventTimeOptions,
): AsyncGenerator<ReceivedEvent> {
  const asked = {
    ...inLocalZone(range),
    ...(filter !== undefined && { filters: filter }),
    ...(reverse && { before: 'end' }),
    time: 'event' as const,
    limit: EVENTS_A_PAGE,
  }
  let next: { more?: string } | undefined = {}
  while (next !== undefined) {
    const page: PageInOrder = await client.request('events.read', { ...asked, ...next }, { signal })
    for (const gap of page.gaps) onGap?.(gap)
    const { frames, count } = page
    const reception = { epoch: client.welcome.epoch, typeOf }
    yield* new ReceivedBatch(frames, 0, frames.length, count, reception).events()
    next = page.next === undefined ? undefined : { more: page.next }
  }
}

interface PageInOrder {
  frames: Uint8Array
  count: number
  next?: string
  gaps: Parameters<NonNullable<EventTimeOptions['onGap']>>[0][]
}
