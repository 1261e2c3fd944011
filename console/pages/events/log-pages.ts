import type { EventPage } from '../../../src/methods/contract/index.js'
import { session } from '../../hub/api.js'
import { hub, type Reader } from '../../hub/live.js'
import { strings } from '../../strings.js'
import type { Followed } from './edges/edge-answers.js'
import type { TailQuery } from './tail-query.js'

export interface PagePlace {
  readonly before?: string
  readonly from?: string
  readonly limit: number
}

/** Code for the answers of edge hubs; undefined for events of this hub. */
type EdgeCode = typeof import('./edges/edge-answers.js') | undefined

/** A page of events that match. */
export async function readPage(
  query: TailQuery,
  place: PagePlace,
  signal: AbortSignal,
  code: EdgeCode,
): Promise<EventPage> {
  const { filters, to, from, edges } = query
  const range = {
    ...(edges === undefined ? {} : { edges }),
    ...(to === undefined ? {} : { to }),
    ...(place.before === undefined || from === undefined ? {} : { from }),
  }
  const client = await hub()
  const page = await client.request<EventPage>('events.read', { filters, ...range, ...place }, { signal })
  code?.takeReport(page.asked)
  return page
}

/** Follows what comes after a cursor, or after a position in an answer of edge hubs. */
export function follow(
  client: Reader,
  { filters, edges = '' }: TailQuery,
  from: string,
  code: EdgeCode,
): Followed {
  return code?.follow({ edges, filters, from }, client.welcome.epoch) ?? client.subscribe(filters, { from })
}

/** The text of the row before the first event. The log may have earlier ones that are not shown. */
export function startText({ filters, from }: TailQuery): string {
  const who = session.peek()
  if (from !== undefined) return strings.events.timeBegins
  if (filters !== undefined) return strings.events.nothingEarlier
  return typeof who === 'object' && who.owner ? strings.events.logBegins : strings.events.nothingEarlierToSee
}

/** The cursor of the end of the log. */
export async function endOfLog(signal?: AbortSignal): Promise<string> {
  const client = await hub()
  const { cursor } = await client.request('events.read', { from: 'end', limit: 1 }, { signal })
  return cursor
}
