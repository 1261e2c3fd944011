import { Event } from 'tocsin/browser'
import type { EventPage } from '../../../../src/methods/contract/index.js'
import { hub } from '../../../hub/live.js'
import { edgeStrings } from '../../../strings/edges.js'
import { singleEventStrings as text } from '../../../strings/single-event.js'
import { visible } from '../../../text/visible.js'
import { placeOf } from './edge-answers.js'

/** The cursor in the log of the edge hub, and the names of the hubs on the way to it with the time of the event. */
const PLACE = /^([a-z0-9]+)-(\d{1,16})(@.+)$/

/** Asks edge hubs for the event after which this place is. Returns why it cannot be shown otherwise. */
export async function findEdgeEvent(place: string, edges: string): Promise<Event | string> {
  const [, epoch, seq, rest] = PLACE.exec(place) ?? []
  if (epoch === undefined) return text.goneNever
  const client = await hub()
  const from = `${epoch}-${Number(seq) - 1}${rest}`
  const page: EventPage = await client.request<EventPage>('events.read', { edges, from, limit: 1 })
  const event = page.count > 0 ? new Event(page.frames) : undefined
  if (event !== undefined && placeOf(event, client.welcome.epoch) === place) return event
  const { missing = [] } = page.asked ?? {}
  if (missing.length === 0) return text.goneAtEdge
  return edgeStrings.noAnswer(missing.map(({ edge, reason }) => visible(`${edge} (${reason})`)).join(', '))
}
