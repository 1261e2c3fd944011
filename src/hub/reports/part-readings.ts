import type { ConsumerMember } from '../../bus/consumers/consumers.js'
import type { SubscriptionView } from '../../bus/statistics.js'
import type { StatusContext } from '../../methods/hub.js'
import { eventsBehind, eventsToSettle } from '../../methods/lag.js'
import type { PartReading, PartReadings } from './trends.js'

/** More of a kind are not looked at: each look takes a part of a turn. */
const MAX_READ = 1000

/** The measurements of all parts of a hub now. */
export function partReadings({ bus, sources, sinks }: Readable): PartReadings {
  const consumers = firstOf(bus.consumers.all(), MAX_READ)
  const members = firstOf(bus.consumers.members(), MAX_READ)
  const lags = new Map(consumers.map((consumer) => [consumer.name, eventsToSettle(bus, consumer)]))
  const lagOf = (consumer: string) => lags.get(consumer) ?? 0
  const delivered = deliveredTo(members)
  const subscriptions = firstOf(bus.subscriptions, MAX_READ, ({ consumer }) => consumer === undefined)
  return {
    // With the ids that `subscribers.list` gives them: a durable consumer is listed by its members.
    subscribers: [
      ...subscriptions.map((subscription) => readSubscription(bus, subscription)),
      ...members.map(({ consumer: { name }, member }) => ({
        name: `${name}.${member.id}`,
        lag: lagOf(name),
        events: member.delivered,
        errors: 0,
      })),
    ],
    consumers: consumers.map(({ name }) => ({
      name,
      lag: lagOf(name),
      events: delivered.get(name) ?? 0,
      errors: bus.consumers.parked.countOf(name),
    })),
    sources: sources().map(({ name, events, lost, restarts, parked = 0 }) => ({
      name,
      events,
      errors: lost + restarts + parked,
    })),
    sinks: sinks.list().map(({ name, consumer, delivered: events, failures: errors }) => ({
      name,
      lag: lagOf(consumer),
      events,
      errors,
    })),
  }
}

type Readable = Pick<StatusContext, 'bus' | 'sources' | 'sinks'>

function deliveredTo(members: readonly ConsumerMember[]): Map<string, number> {
  const delivered = new Map<string, number>()
  for (const { consumer, member } of members)
    delivered.set(consumer.name, (delivered.get(consumer.name) ?? 0) + member.delivered)
  return delivered
}

function readSubscription(
  { log }: Readable['bus'],
  { id, state, cursor, delivered, skipped }: SubscriptionView,
): PartReading {
  const lag = state === 'live' ? 0 : eventsBehind(log, cursor, log.last)
  return { name: String(id), lag, events: delivered, errors: skipped }
}

function firstOf<Item>(items: Iterable<Item>, most: number, isWanted = (_item: Item) => true): Item[] {
  const found: Item[] = []
  for (const item of items) {
    if (found.length === most) break
    if (isWanted(item)) found.push(item)
  }
  return found
}
