import { alternate, type Bench } from '../harness/bench.js'
import { pause } from '../harness/clock.js'
import { cpuMicros } from '../harness/process-facts.js'
import type { Benchmark } from '../harness/row.js'
import { compact, median, pairedRatio, spread } from '../harness/statistics.js'
import type { PublisherOptions } from '../roles/publisher.js'
import type { SubscriberCounts, SubscriberOptions } from '../roles/subscriber.js'
import { startClusterHubs } from '../sides/cluster-hubs.js'
import type { RunningSide } from '../sides/side.js'

const SIZES = [1, 2, 3]
const SUBSCRIBERS = 10
/** Events in a second: the same for each cluster, and well below what the smallest machine takes. */
const RATE = 5000
/** Events at a time, since an event takes less time in a larger batch, which a busy machine would make by itself. */
const BATCH = 50
/** Before the first round, s: until the code of the hubs is compiled. */
const WARM_UP = 3

/** Clusters of one, two and three hubs, each hub with ten subscribers. */
export const jsHubs: Benchmark = {
  rows: [
    {
      name: 'js-hubs',
      what: 'deliveries for a second of processor time of a hub, 10 subscribers at each of 2 or 3, the lowest; peer the primary alone, or the second of two',
      unit: 'deliveries/s',
      judge: 'ratio-at-least',
      must: 0.9,
      aim: 1,
    },
  ],
  needs: ['nats-server'],
  async run(bench) {
    const nats = await bench.nats(true)
    const clusters: ((length: number) => Promise<number[]>)[] = []
    for (const size of SIZES) clusters.push(await startCluster(bench, nats, size))
    for (const measure of clusters) await measure(WARM_UP)
    const length = bench.quick ? 1.5 : 4
    const [one, two, three] = await alternate(
      bench.turns,
      clusters.map((measure) => () => measure(length)),
    )
    const [alone, ...more] = [of(one, 0), of(two, 0), of(three, 0)]
    const [second, ...others] = [of(two, 1), of(three, 1), of(three, 2)]
    const pairs = [...more.map((rounds) => [rounds, alone]), ...others.map((rounds) => [rounds, second])]
    const ratios = pairs.map(([rounds, peer]) => pairedRatio(rounds, peer))
    const ratio = Math.min(...ratios)
    const [value, peer] = pairs[ratios.indexOf(ratio)].map(median)
    const notes = [one, two, three].flatMap((rounds, at) =>
      rounds[0].map((_, hub) => noteOf(SIZES[at], hub, of(rounds, hub))),
    )
    return { 'js-hubs': { value, peer, ratio, notes } }
  },
}

/** Returns the figures of one hub. */
function of(rounds: readonly number[][], hub: number): number[] {
  return rounds.map((round) => round[hub])
}

function noteOf(size: number, hub: number, rounds: number[]): string {
  const name = hub === 0 ? 'the primary' : `hub ${hub + 1}`
  const cost = compact((SUBSCRIBERS * 1e6) / median(rounds))
  return `${size} hubs, ${name}: ${spread(rounds)}; µs an event: ${cost}`
}

/** Returns a function that resolves with the deliveries for a second of processor time of each hub, the primary first. */
async function startCluster(
  bench: Bench,
  nats: RunningSide,
  size: number,
): Promise<(length: number) => Promise<number[]>> {
  const hubs = await startClusterHubs(bench, nats, `of${size}`, { count: size })
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
  const delivered = async () =>
    (await Promise.all(subscribers.map((each) => each.call<SubscriberCounts>('counts')))).map(
      ({ total }) => total,
    )
  const used = () => hubs.map(({ pid }) => cpuMicros(pid))
  return async (length) => {
    await publisher.call('paceBatches', RATE, BATCH)
    await pause(0.5)
    const [before, usedBefore] = [await delivered(), used()]
    await pause(length)
    const [after, usedAfter] = [await delivered(), used()]
    await publisher.call('halt')
    return after.map((count, hub) => ((count - before[hub]) * 1e6) / (usedAfter[hub] - usedBefore[hub]))
  }
}
