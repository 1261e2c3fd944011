import type { Client } from '../../client/api.js'
import { Pages } from '../../client/pages.js'
import { formatCursor } from '../../event/cursor.js'
import { type Event, iterateFrames } from '../../event/event.js'
import type { EventPage, ReadParams } from '../../methods/contract/index.js'
import type { Io } from '../io.js'
import { call } from './connect.js'

const MAX_PAGE = 1000

/** Pages of stored events, the newest first. */
export async function* pagesBackwards(
  io: Io,
  client: Client,
  { limit = MAX_PAGE, ...wanted }: Omit<ReadParams, 'before'>,
): AsyncGenerator<EventPage> {
  const pages = new Pages()
  let before: string | undefined = 'end'
  while (before !== undefined && !io.signal.aborted) {
    const params: ReadParams = { ...wanted, before, limit: Math.min(limit, MAX_PAGE) }
    const page: EventPage = await call(io, client, 'events.read', params)
    yield page
    before = pages.after(page)
  }
}

/** Pages of stored events in the order in which they happened, or with `isBackwards` the latest first. */
export async function* pagesInOrder(
  io: Io,
  client: Client,
  isBackwards: boolean,
  { limit = MAX_PAGE, ...wanted }: Omit<ReadParams, 'before' | 'time' | 'more'>,
): AsyncGenerator<EventPage> {
  const order: ReadParams = isBackwards ? { before: 'end', time: 'event' } : { time: 'event' }
  const pages = new Pages()
  let more: string | undefined
  do {
    const place = more === undefined ? {} : { more }
    const params: ReadParams = { ...wanted, ...order, ...place, limit: Math.min(limit, MAX_PAGE) }
    const page: EventPage = await call(io, client, 'events.read', params)
    yield page
    more = pages.after(page)
  } while (more !== undefined && !io.signal.aborted)
}

/** Where to start and, for a command that ends, where to end, so that the last events are shown. */
export interface LastEvents {
  from: string
  to: string
}

/**
 * Finds the place before the last `count` events that match. `isBrief`: looks only as far back as one page goes, which
 * takes the hub a moment even if nothing matches.
 */
export async function findLast(
  io: Io,
  client: Client,
  { count, isBrief, ...wanted }: Omit<ReadParams, 'before' | 'limit'> & { count: number; isBrief: boolean },
): Promise<LastEvents> {
  let left = count
  let oldest: Event | undefined
  let end: string | undefined
  for await (const page of pagesBackwards(io, client, { ...wanted, limit: count })) {
    end ??= page.cursor
    for (const event of iterateFrames(page.frames)) {
      if (left === 0) break
      oldest = event
      left--
    }
    if (left === 0 || isBrief) break
  }
  end ??= formatCursor(client.welcome.epoch, 0)
  // Where fewer events match, a given start is kept: its cursor may be one that leads to a gap.
  const from = left > 0 && wanted.from !== undefined ? wanted.from : oldest && `@${oldest.seq}`
  return { from: from ?? end, to: end }
}
