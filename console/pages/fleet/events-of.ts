import type { Event } from 'tocsin/browser'
import type { EventPage } from '../../../src/methods/contract/index.js'
import { addressOf } from '../../app/router.js'
import { eventsIn } from '../../hub/frames.js'
import { hub } from '../../hub/live.js'

const SEVERE = "severity >= 'warning'"
const LATEST = 12
/** A page without a match may be empty: the hub has stopped at its limit of work. */
const MOST_PAGES = 4

/** A filter for the events of the host that has these names. */
export function filterOf(names: readonly string[]) {
  return { any: names.map((host) => ({ exact: { host } })) }
}

/** The address of the list of its events. `more`: further parameters. */
export function addressOfEvents(
  names: readonly string[],
  more: Readonly<Record<string, string>> = {},
): string {
  const params = new URLSearchParams(names.map((name) => ['is', `host=${asText(name)}`]))
  for (const [name, value] of Object.entries(more)) params.append(name, value)
  return addressOf('events', params)
}

export function addressOfTroubles(names: readonly string[]): string {
  return addressOfEvents(names, { where: SEVERE, range: '1d' })
}

/** A name that looks like a number or a truth value is in quotation marks there. */
export function asText(value: string): string {
  try {
    JSON.parse(value)
    return JSON.stringify(value)
  } catch {
    return value
  }
}

export interface Troubles {
  readonly events: readonly Event[]
  /** False: there may be earlier ones that were not found. */
  readonly isWhole: boolean
}

/** The last errors and warnings of a day, the newest first. */
export async function lastTroubles(names: readonly string[], signal: AbortSignal): Promise<Troubles> {
  const client = await hub()
  const filters = { all: [filterOf(names), { sql: SEVERE }] }
  const events: Event[] = []
  let before: string | undefined = 'end'
  for (let pages = 0; before !== undefined && events.length < LATEST && pages < MOST_PAGES; pages++) {
    const params = { filters, from: '-1d', before, limit: LATEST - events.length }
    const page: EventPage = await client.request<EventPage>('events.read', params, { signal })
    events.push(...eventsIn(page.frames, page.count))
    before = page.next
  }
  return { events, isWhole: before === undefined || events.length >= LATEST }
}
