import type { Bus } from './bus.js'
import type { Authorize } from './principal.js'

/** Rights have changed: whatever is open on the bus goes on with those of today. */
export function reauthorize(bus: Bus, authorize: Authorize): void {
  for (const publisher of bus.publishers) {
    const { principal } = publisher
    publisher.reauthorize({
      publish: authorize(principal, 'publish'),
      produce: authorize(principal, 'produce'),
    })
  }
  for (const subscription of [...bus.subscriptions]) subscription.reauthorize()
  for (const { consumer, member } of [...bus.consumers.members()]) {
    const { principal, sink } = member
    if (authorize(principal, 'consume', consumer.name)) {
      member.reauthorize(authorize(principal, 'see'))
    } else {
      consumer.leave(member)
      const message = `the consumer ${consumer.name} needs the right consume`
      sink.end({ code: 'TCN_ACCESS_DENIED', message, seq: consumer.settledUpTo })
    }
  }
}
