import { z } from 'zod'
import type { ConsumerMember } from '../bus/consumers/consumers.js'
import type { SubscriptionView } from '../bus/statistics.js'
import { formatCursor } from '../event/cursor.js'
import { type AcrossHubsContext, ofHubsParams, rowsAcrossHubs } from './across-hubs.js'
import type { SubscriberInfo } from './contract/index.js'
import { eventsBehind, lagOf } from './lag.js'
import { type Call, type Method, method } from './method.js'
import { type BusMethodContext, nextTurn } from './query.js'
import * as results from './results/consumers.js'

/** A subscriber of another hub, which may be of another version. */
const row = z.looseObject({
  id: z.string(),
  label: z.string(),
  principal: z.string(),
  filter: z.string(),
  asked: z.string().optional(),
  consumer: z.string().optional(),
  cursor: z.string(),
  lag: z.string(),
  lagEvents: z.number(),
  lagMicros: z.number(),
  slowSince: z.number().optional(),
  delivered: z.number(),
  pending: z.number(),
  skipped: z.number(),
})
const answer = z.object({ subscribers: z.array(row), omitted: z.number().optional() })

export function subscriberMethods(context: BusMethodContext & AcrossHubsContext): Method[] {
  return [
    method({
      name: 'subscribers.list',
      summary:
        'Lists every subscriber of all hubs of the cluster with its filter, position and lag, the furthest behind first.',
      right: 'monitor',
      isForHubs: true,
      params: z.object(ofHubsParams),
      result: results.subscribers,
      async run(call, params) {
        const { rows, ...asked } = await rowsAcrossHubs(context, call, params, {
          name: 'subscribers.list',
          own: async () => byLag(await ownSubscribers(call, context)),
          read: (given) => {
            const { subscribers, omitted } = answer.parse(given)
            return { rows: subscribers as unknown as SubscriberInfo[], omitted }
          },
        })
        return { subscribers: byLag(rows), ...asked }
      },
    }),
  ]
}

function byLag<Row extends SubscriberInfo>(rows: Row[]): Row[] {
  return rows.sort((a, b) => b.lagEvents - a.lagEvents)
}

async function ownSubscribers(call: Call, context: BusMethodContext): Promise<SubscriberInfo[]> {
  const { bus } = context
  const subscribers: SubscriberInfo[] = []
  for (const subscription of [...bus.subscriptions]) {
    // A durable consumer is listed by its members, not by the subscription that serves all of them.
    if (subscription.consumer !== undefined) continue
    await nextTurn(context, call)
    subscribers.push(describe(subscription, context))
  }
  for (const each of bus.consumers.members()) {
    await nextTurn(context, call)
    subscribers.push(await describeMember(each, context))
  }
  return subscribers
}

function describe(subscription: SubscriptionView, { bus, runtime }: BusMethodContext): SubscriberInfo {
  const { cursor, slowSince } = subscription
  const now = runtime.now()
  const slowFor = slowSince === undefined ? 0 : Math.round((runtime.monotonic() - slowSince) * 1000)
  const behind = subscription.state === 'live' ? 0 : eventsBehind(bus.log, cursor, bus.log.last)
  return {
    id: String(subscription.id),
    label: subscription.label,
    principal: subscription.principal.name,
    usid: subscription.peer?.usid,
    filter: subscription.filter,
    asked: subscription.asked === undefined ? undefined : JSON.stringify(subscription.asked),
    state: subscription.state === 'live' ? 'live' : 'catching-up',
    lag: subscription.lag,
    maxLag: subscription.maxLag,
    consumer: subscription.consumer,
    gates: [...subscription.gates],
    cursor: formatCursor(bus.epoch, cursor),
    lagEvents: behind,
    lagMicros: behind === 0 ? 0 : Math.max(0, now - (subscription.readTime ?? now - slowFor)),
    slowSince: slowSince === undefined ? undefined : now - slowFor,
    connected: subscription.connected,
    delivered: subscription.delivered,
    skipped: subscription.skipped,
    pending: subscription.pending,
  }
}

async function describeMember(
  { consumer, member }: ConsumerMember,
  context: BusMethodContext,
): Promise<SubscriberInfo> {
  return {
    id: `${consumer.name}.${member.id}`,
    label: member.label,
    principal: member.principal.name,
    filter: consumer.filter,
    state: consumer.live ? 'live' : 'catching-up',
    lag: 'catch-up',
    consumer: consumer.name,
    gates: [],
    cursor: formatCursor(consumer.epoch, consumer.settledUpTo),
    ...(await lagOf(context, consumer)),
    connected: member.connected,
    delivered: member.delivered,
    skipped: 0,
    pending: member.sink.pending,
  }
}
