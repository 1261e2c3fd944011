import { z } from 'zod'
import { formatCursor } from '../../event/cursor.js'
import { type Method, method } from '../methods.js'
import type { SubscriberInfo } from '../method-types.js'
import type { Subscription } from '../subscription.js'
import type { BusMethodContext } from './context.js'

export function subscriberMethods(context: BusMethodContext): Method[] {
  const { bus } = context
  return [
    method({
      name: 'subscribers.list',
      summary: 'Every subscriber with its filter, position and lag, the furthest behind first.',
      right: 'admin',
      params: z.object({}),
      async run() {
        const subscribers = [...bus.subscriptions].map((subscription) => describe(subscription, context))
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
  const behind = subscription.state === 'live' ? 0 : Math.max(0, bus.log.last - cursor)
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
