import type { Bench } from '../harness/bench.js'
import { Flow } from '../harness/flow.js'
import type { Benchmark, Figures } from '../harness/row.js'
import { meanRatio, median, quantile, spread } from '../harness/statistics.js'

const RATE = 5000
/**
 * Both sides are measured in the same short rounds. One in a hundred events waits for what else the machine does, so
 * the p99 of sides that took turns moved by a third from run to run.
 */
const ROUND = 0.25
const ROUNDS = { quick: 240, full: 400 }
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
    const peer = await Flow.start(bench, await bench.nats(), options)
    const ours = await Flow.start(bench, await bench.hub(), options)
    return compareLatencies(bench, peer, ours)
  },
}

/** Measures both sides at once. */
export async function compareLatencies(
  bench: Bench,
  peer: Flow,
  ours: Flow,
): Promise<Record<'latency-p50' | 'latency-p99', Figures>> {
  const flows = [peer, ours]
  const together = (warmUp: number, length: number) =>
    Promise.all(flows.map((flow) => flow.latencies(RATE, warmUp, length)))
  for (const flow of flows) await flow.closedLoop(0, 2)
  // At this rate other code is hot than at full speed, and at 5,000/s its compilation takes seconds.
  await together(0, WARM_UP)
  const rounds: number[][][] = []
  while (rounds.length < (bench.quick ? ROUNDS.quick : ROUNDS.full)) rounds.push(await together(0.05, ROUND))
  const figures = (share: number): Figures => {
    const [peers, our] = flows.map((_, side) => rounds.map((round) => quantile(round[side], share)))
    return {
      value: median(our),
      peer: median(peers),
      ratio: meanRatio(our, peers),
      notes: [`tocsin: ${spread(our)}`, `peer: ${spread(peers)}`],
    }
  }
  return { 'latency-p50': figures(0.5), 'latency-p99': figures(0.99) }
}
