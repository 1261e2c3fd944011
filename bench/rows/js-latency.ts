import { alternate, type Bench } from '../harness/bench.js'
import type { Benchmark } from '../harness/row.js'
import { median, pairedRatio, quantile, spread } from '../harness/statistics.js'
import type { ProbeOptions } from '../roles/jetstream-probe.js'
import type { RunningSide } from '../sides/side.js'

const ROUNDS = 15

/** Publishes in one process and receives in another, through the log of each or over bare connections. */
export const jsLatency: Benchmark = {
  rows: [
    {
      name: 'js-latency',
      what: 'append in one hub to delivery in another, 1,000/s, median; peer publish to a bare push consumer',
      unit: 'µs',
      judge: 'ratio-at-most',
      must: 2,
      aim: 1.2,
    },
  ],
  needs: ['nats-server'],
  async run(bench) {
    const server = await bench.nats(true)
    const length = bench.quick ? 0.6 : 1.5
    const ours = await prepare(bench, server, 'engine')
    const peer = await prepare(bench, server, 'push')
    await Promise.all([ours(4), peer(4)])
    const [peers, our] = await alternate(ROUNDS, [() => peer(length), () => ours(length)])
    const notes = [0.5, 0.99].flatMap((share) => [
      `engine ${share}: ${spread(our.map((round) => quantile(round, share)))}`,
      `peer ${share}: ${spread(peers.map((round) => quantile(round, share)))}`,
    ])
    const [value, other] = [our, peers].map((rounds) => rounds.map((round) => quantile(round, 0.5)))
    return {
      'js-latency': { value: median(value), peer: median(other), ratio: pairedRatio(value, other), notes },
    }
  },
}

async function prepare(bench: Bench, { address }: RunningSide, kind: ProbeOptions['kind']) {
  const options: ProbeOptions = { kind, address }
  const publisher = await bench.child('jetstream-probe', options)
  await publisher.call('lead')
  const receiver = await bench.child('jetstream-probe', options)
  await receiver.call('listen')
  return async (length: number): Promise<number[]> => {
    await publisher.call('pace', length)
    return receiver.call<number[]>('take')
  }
}
