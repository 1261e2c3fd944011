import type { PublisherCounts, PublisherOptions } from '../roles/publisher.js'
import type { SubscriberCounts, SubscriberOptions } from '../roles/subscriber.js'
import type { RunningSide } from '../sides/side.js'
import type { Bench } from './bench.js'
import type { Child } from './child.js'
import { pause } from './clock.js'
import { cpuMicros } from './process-facts.js'

/** Starts a publisher that does not wait for subscribers. */
export function startPublisher(
  bench: Bench,
  side: RunningSide,
  extra: Partial<PublisherOptions> = {},
): Promise<Child> {
  return bench.child('publisher', {
    side: side.name,
    address: side.address,
    progress: bench.socketPath(),
    window: 8192,
    ...extra,
  } satisfies PublisherOptions)
}

/** Starts subscribers for which the publisher does not wait, in a separate process. */
export function startSubscribers(
  bench: Bench,
  side: RunningSide,
  connections: number,
  decoding: number,
): Promise<Child> {
  const ends = { side: side.name, address: side.address }
  return bench.child('subscriber', { ...ends, connections, decoding } satisfies SubscriberOptions)
}

/** Returns the processor time of the server per event at a fixed rate, µs. */
export async function serverCost(
  side: RunningSide,
  publisher: Child,
  rate: number,
  warmUp: number,
  length: number,
): Promise<number> {
  await publisher.call('pace', rate, false)
  await pause(warmUp)
  const [sentBefore, cpuBefore] = [await publisher.call<PublisherCounts>('counts'), cpuMicros(side.pid)]
  await pause(length)
  const [sentAfter, cpuAfter] = [await publisher.call<PublisherCounts>('counts'), cpuMicros(side.pid)]
  await publisher.call('halt')
  return (cpuAfter - cpuBefore) / (sentAfter.sent - sentBefore.sent)
}

export function countsOf(subscribers: Child): Promise<SubscriberCounts> {
  return subscribers.call('counts')
}

/** Returns the deliveries per second of each connection between two counts. */
export function rateEach(before: SubscriberCounts, after: SubscriberCounts, connections: number): number {
  return ((after.total - before.total) * 1e6) / (after.at - before.at) / connections
}
