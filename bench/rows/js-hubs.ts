import { alternate, type Bench } from '../harness/bench.js'
import { pause } from '../harness/clock.js'
import { cpuMicros } from '../harness/process-facts.js'
import type { Benchmark } from '../harness/row.js'
import { median, pairedRatio, spread } from '../harness/statistics.js'
import type { PublisherOptions } from '../roles/publisher.js'
import type { SubscriberCounts, SubscriberOptions } from '../roles/subscriber.js'
import { startClusterHubs } from '../sides/cluster-hubs.js'
import type { RunningSide } from '../sides/side.js'

const SIZES = [1, 2, 3]
const SUBSCRIBERS = 10
/** Events in a second: the same for each cluster, and well below what the smallest machine takes. */
const RATE = 5000

/** Clusters of one, two and three hubs, each hub with ten subscribers. */
export const jsHubs: Benchmark = {
  rows: [
    {
      name: 'js-hubs',
      what: 'deliveries for a second of processor time of all hubs, 10 subscribers at each of 2 or 3, the lower; peer one hub',
      unit: 'deliveries/s',
      judge: 'ratio-at-least',
      must: 0.9,
      aim: 1,
    },
  ],
  needs: ['nats-server'],
  async run(bench) {
    const nats = await bench.nats(true)
    const clusters: (() => Promise<number>)[] = []
    for (const size of SIZES) clusters.push(await startCluster(bench, nats, size))
    const [one, ...more] = await alternate(bench.turns, clusters)
    const ratios = more.map((rounds) => pairedRatio(rounds, one))
    const ratio = Math.min(...ratios)
    const notes = [one, ...more].map((rounds, at) => `${SIZES[at]} hubs: ${spread(rounds)}`)
    const value = median(more[ratios.indexOf(ratio)])
    return { 'js-hubs': { value, peer: median(one), ratio, notes } }
  },
}

/** Returns a function that resolves with the deliveries for a second of processor time. */
async function startCluster(bench: Bench, nats: RunningSide, size: number): Promise<() => Promise<number>> {
  const hubs = await startClusterHubs(bench, nats, `of${size}`, size)
  const ends = ({ address }: RunningSide) => ({ side: 'tocsin' as const, address })
  const publisher = await bench.child('publisher', {
    ...ends(hubs[0]),
    progress: bench.socketPath(),
    window: 0,
  } satisfies PublisherOptions)
  const subscribers = await Promise.all(
    hubs.map((hub) =>
      bench.child('subscriber', {
        ...ends(hub),
        connections: SUBSCRIBERS,
        decoding: 0,
      } satisfies SubscriberOptions),
    ),
  )
  const delivered = async () => {
    const counts = await Promise.all(subscribers.map((each) => each.call<SubscriberCounts>('counts')))
    return counts.reduce((sum, { total }) => sum + total, 0)
  }
  const used = () => hubs.reduce((sum, { pid }) => sum + cpuMicros(pid), 0)
  return async () => {
    await publisher.call('pace', RATE, false)
    await pause(0.5)
    const [before, usedBefore] = [await delivered(), used()]
    await pause(bench.quick ? 1.5 : 4)
    const [count, micros] = [(await delivered()) - before, used() - usedBefore]
    await publisher.call('halt')
    return (count * 1e6) / micros
  }
}
