import { TocsinError } from '../errors/tocsin-error.js'
import { asFields, isCount, isObject } from '../event/json/object.js'
import type { FilterInput } from '../protocols/native/protocol.js'
import type { Client, EventTimeOptions } from './api.js'
import { Pages } from './pages.js'
import { inLocalZone } from './subscribe/local-positions.js'
import { ReceivedBatch } from './subscribe/received-batch.js'
import type { ReceivedEvent } from './subscribe/received-event.js'
import { typeOfTag } from './type-of-tag.js'

const EVENTS_A_PAGE = 1000

/**
 * Yields stored events in the order in which they happened: by their attribute `time`, or by the time of storing where
 * they have none. The range is meant by that time too. Rejects with the error of the hub, and when a connection is lost.
 * A function of its own, so that pages in a browser do not load it with the client.
 *
 * @example
 * for await (const event of readByEventTime(hub, 'shop/', { from: '-1d' })) console.log(event.tag, event.data)
 */
export async function* readByEventTime(
  client: Client,
  filter?: FilterInput,
  { reverse, onGap, signal, types, ...range }: EventTimeOptions = {},
): AsyncGenerator<ReceivedEvent> {
  const typeOf = typeOfTag(types)
  const asked = {
    ...inLocalZone(range),
    ...(filter !== undefined && { filters: filter }),
    ...(reverse && { before: 'end' }),
    time: 'event' as const,
    limit: EVENTS_A_PAGE,
  }
  const pages = new Pages()
  let more: string | undefined
  do {
    const page = checked(
      await client.request('events.read', { ...asked, ...(more !== undefined && { more }) }, { signal }),
    )
    for (const gap of page.gaps) onGap?.(gap)
    const { frames, count } = page
    const reception = { epoch: client.welcome.epoch, typeOf }
    yield* new ReceivedBatch(frames, 0, frames.length, count, reception).events()
    more = pages.after(page)
  } while (more !== undefined)
}

interface PageInOrder {
  frames: Uint8Array
  count: number
  next?: string
  gaps: Parameters<NonNullable<EventTimeOptions['onGap']>>[0][]
}

const areGaps = (value: unknown): value is PageInOrder['gaps'] =>
  Array.isArray(value) && value.every(isObject)

/** Throws TCN_PROTOCOL_BODY for an answer of another form. */
function checked(answer: unknown): PageInOrder {
  const { frames, next, gaps, count } = asFields(answer)
  const continues = next === undefined || typeof next === 'string'
  if (frames instanceof Uint8Array && continues && isCount(count) && areGaps(gaps))
    return { frames, next, gaps, count }
  throw new TocsinError('TCN_PROTOCOL_BODY', 'an answer of the hub is not a page of events')
}
