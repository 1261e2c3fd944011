import type { EventPage } from '../../../src/methods/contract/index.js'
import { hub } from '../../hub/live.js'
import type { TailQuery } from './tail-query.js'

export interface PagePlace {
  readonly before?: string
  readonly from?: string
  readonly limit: number
}

/** A page of events that match. */
export async function readPage(query: TailQuery, place: PagePlace, signal: AbortSignal): Promise<EventPage> {
  const { filters, to, from, edges } = query
  const range = {
    ...(edges === undefined ? {} : { edges }),
    ...(to === undefined ? {} : { to }),
    ...(place.before === undefined || from === undefined ? {} : { from }),
  }
  const client = await hub()
  return client.request<EventPage>('events.read', { filters, ...range, ...place }, { signal })
}

/** The cursor of the end of the log. */
export async function endOfLog(signal?: AbortSignal): Promise<string> {
  const client = await hub()
  const { cursor } = await client.request('events.read', { from: 'end', limit: 1 }, { signal })
  return cursor
}
