import type { Consumer } from '../../bus/consumers/consumer.js'
import type { SubscriptionView } from '../../bus/statistics.js'
import type { StatusContext } from '../../methods/hub.js'
import { eventsBehind, eventsToSettle, lagOf } from '../../methods/lag.js'
import type { HubMetric } from './catalogue.js'
import type { Samples } from './samples.js'

/** Largest number of receivers with series of their own: connections come and go, and clients choose the names. */
const MAX_NAMED = 10
const OTHER = 'other'
const MICROS = 1e6

export function collectSubscribers({ bus, runtime }: StatusContext, samples: Samples): void {
  const states = { live: 0, 'catching-up': 0 }
  const behind: { subscription: SubscriptionView; events: number; queue: number }[] = []
  for (const subscription of bus.subscriptions) {
    const live = subscription.state === 'live'
    states[live ? 'live' : 'catching-up']++
    const queue = subscription.pending
    if (subscription.consumer !== undefined || (live && queue === 0)) continue
    const events = live ? 0 : eventsBehind(bus.log, subscription.cursor, bus.log.last)
    behind.push({ subscription, events, queue })
  }
  for (const [state, count] of Object.entries(states)) samples.set('tocsin_subscribers', count, { state })
  behind.sort((a, b) => b.events - a.events || b.queue - a.queue)
  const series = new Series(samples, { subscriber: OTHER, principal: OTHER })
  for (const [nth, { subscription, events, queue }] of behind.entries()) {
    const { id, label, principal } = subscription
    const labels = nth < MAX_NAMED ? { subscriber: `${id} ${label}`, principal: principal.name } : undefined
    series.most('tocsin_subscriber_lag_events', events, labels)
    series.most('tocsin_subscriber_lag_seconds', ageOf(subscription, events, runtime.now()), labels)
    series.sum('tocsin_subscriber_queue_bytes', queue, labels)
  }
  series.finish()
}

function ageOf({ readTime, connected }: SubscriptionView, events: number, now: number): number {
  return events === 0 ? 0 : Math.max(0, now - (readTime ?? connected)) / MICROS
}

export async function collectConsumers(context: StatusContext, samples: Samples): Promise<void> {
  const { bus } = context
  const { consumers } = bus
  samples.set('tocsin_consumers', consumers.size)
  const all = [...consumers.all()]
    .map((consumer) => ({ consumer, behind: eventsToSettle(bus, consumer) }))
    .sort((a, b) => b.behind - a.behind)
  const series = new Series(samples, { consumer: OTHER })
  for (const [nth, { consumer, behind }] of all.entries()) {
    const { name, unsettledCount, connections } = consumer
    const labels = nth < MAX_NAMED ? { consumer: name } : undefined
    series.most('tocsin_consumer_lag_events', behind, labels)
    series.sum('tocsin_consumer_pending_events', unsettledCount, labels)
    series.sum('tocsin_consumer_parked_events', consumers.parked.countOf(name), labels)
    series.sum('tocsin_consumer_connections', connections, labels)
    if (labels !== undefined) await setAge(context, consumer, labels, samples)
  }
  series.finish()
}

/** Sets the age of the first unsettled event. It is read from the log, so only for consumers with their own series. */
async function setAge(
  context: StatusContext,
  consumer: Consumer,
  labels: Record<string, string>,
  samples: Samples,
): Promise<void> {
  const { lagMicros } = await lagOf(context, consumer)
  samples.set('tocsin_consumer_lag_seconds', lagMicros / MICROS, labels)
}

/** Sets samples with their own labels at once, and combines all others under one label. */
class Series {
  readonly #samples: Samples
  readonly #otherLabels: Record<string, string>
  readonly #others = new Map<HubMetric, number>()

  constructor(samples: Samples, otherLabels: Record<string, string>) {
    this.#samples = samples
    this.#otherLabels = otherLabels
  }

  most(name: HubMetric, value: number, labels: Record<string, string> | undefined): void {
    if (labels !== undefined) this.#samples.set(name, value, labels)
    else this.#others.set(name, Math.max(this.#others.get(name) ?? 0, value))
  }

  sum(name: HubMetric, value: number, labels: Record<string, string> | undefined): void {
    if (labels !== undefined) this.#samples.set(name, value, labels)
    else this.#others.set(name, (this.#others.get(name) ?? 0) + value)
  }

  finish(): void {
    for (const [name, value] of this.#others) this.#samples.set(name, value, this.#otherLabels)
  }
}
