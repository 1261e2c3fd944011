import { alternate } from '../harness/bench.js'
import { Flow } from '../harness/flow.js'
import type { Benchmark } from '../harness/row.js'
import { median, pairedRatio, quantile, spread } from '../harness/statistics.js'

const RATE = 5000
/** The p99 of one round varies by 40 %, and more when the machine is busy. */
const ROUNDS = 15
/** Seconds after which the p99 of both sides is stable. */
const WARM_UP = 12

const row = {
  unit: 'µs',
  judge: 'ratio-at-most' as const,
}

export const latency: Benchmark = {
  rows: [
    {
      ...row,
      name: 'latency-p50',
      what: '1→1 at 5,000/s, log on, median; peer nats core',
      must: 1,
      aim: 0.6,
    },
    { ...row, name: 'latency-p99', what: 'the same, 99 of 100; peer nats core', must: 1.3, aim: 0.9 },
  ],
  needs: ['nats-server'],
  async run(bench) {
    const options = { window: 8192, connections: 1, decoding: 1 }
    const length = bench.quick ? 0.8 : 1.5
    const peer = await Flow.start(bench, await bench.nats(), options)
    const ours = await Flow.start(bench, await bench.hub(), options)
    for (const flow of [peer, ours]) await flow.closedLoop(0, 2)
    // At this rate other code is hot than at full speed, and at 5,000/s its compilation takes seconds.
    await Promise.all([peer, ours].map((flow) => flow.latencies(RATE, 0, WARM_UP)))
    const [peerRounds, ourRounds] = await alternate(ROUNDS, [
      () => peer.latencies(RATE, 0.4, length),
      () => ours.latencies(RATE, 0.4, length),
    ])
    const figures = (share: number) => {
      const [peers, our] = [peerRounds, ourRounds].map((rounds) =>
        rounds.map((round) => quantile(round, share)),
      )
      return {
        value: median(our),
        peer: median(peers),
        ratio: pairedRatio(our, peers),
        notes: [`tocsin: ${spread(our)}`, `peer: ${spread(peers)}`],
      }
    }
    return { 'latency-p50': figures(0.5), 'latency-p99': figures(0.99) }
  },
}
