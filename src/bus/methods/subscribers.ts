import { z } from 'zod'
import { formatCursor } from '../../event/cursor.js'
import type { ConsumerMember } from '../consumers/consumers.js'
import type { SubscriberInfo } from '../method-types.js'
import { type Method, method } from '../methods.js'
import type { Subscription } from '../subscription.js'
import { lagOf } from './consumers.js'
import type { BusMethodContext } from './context.js'
import { eventsBehind } from './lag.js'

export function subscriberMethods(context: BusMethodContext): Method[] {
  const { bus } = context
  return [
    method({
      name: 'subscribers.list',
      summary: 'Every subscriber with its filter, position and lag, the furthest behind first.',
      right: 'admin',
      params: z.object({}),
      async run() {
        // Of a durable consumer its connections are shown, not the subscription that serves all of them.
        const own = [...bus.subscriptions].filter(({ consumer }) => consumer === undefined)
        const subscribers = own.map((subscription) => describe(subscription, context))
        for (const of of bus.consumers.members()) subscribers.push(await describeMember(of, context))
        subscribers.sort((a, b) => b.lagEvents - a.lagEvents)
        return { subscribers }
      },
    }),
  ]
}

function describe(subscription: Subscription, { bus }: BusMethodContext): SubscriberInfo {
  const { cursor, slowSince } = subscription
  const now = bus.now()
  const slowFor = slowSince === undefined ? 0 : Math.round((bus.monotonic() - slowSince) * 1000)
  const behind = subscription.state === 'live' ? 0 : eventsBehind(bus.log, cursor, bus.log.last)
  return {
    id: String(subscription.id),
    label: subscription.label,
    principal: subscription.principal.name,
    filter: subscription.group.matcher.key,
    state: subscription.state === 'live' ? 'live' : 'catching-up',
    lag: subscription.lag,
    maxLag: subscription.maxLag,
    consumer: subscription.consumer,
    gates: bus.gatesOf(subscription),
    cursor: formatCursor(bus.epoch, cursor),
    lagEvents: behind,
    lagMicros: behind === 0 ? 0 : Math.max(0, now - (subscription.readTime ?? now - slowFor)),
    slowSince: slowSince === undefined ? undefined : now - slowFor,
    connected: subscription.connected,
    delivered: subscription.events,
    skipped: subscription.skipped,
    pending: subscription.sink.pending,
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
