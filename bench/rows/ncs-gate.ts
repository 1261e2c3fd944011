import { alternate, type Bench } from '../harness/bench.js'
import type { Benchmark } from '../harness/row.js'
import { median, quantile, spread } from '../harness/statistics.js'

const SUBSCRIBERS = 10
const ROUNDS = 9

export const ncsGate: Benchmark = {
  rows: [
    {
      name: 'ncs-gate-p50',
      what: `time that ${SUBSCRIBERS} subscribers who answer at once add to the publication of a COMMIT_DIFF, median`,
      unit: 'ms',
      judge: 'value-at-most',
      must: 1,
      aim: 0.5,
    },
    {
      name: 'ncs-gate-p99',
      what: 'the same, 99 of 100',
      unit: 'ms',
      judge: 'value-at-most',
      must: 5,
      aim: 2,
    },
  ],
  async run(bench) {
    const [alone, gated] = [await prepare(bench, 0), await prepare(bench, SUBSCRIBERS)]
    await Promise.all([alone(), gated()])
    const [without, withThem] = await alternate(ROUNDS, [alone, gated])
    const figures = (share: number) => {
      const [before, after] = [without, withThem].map((rounds) => rounds.map((each) => quantile(each, share)))
      return {
        value: median(after.map((value, round) => value - before[round])),
        notes: [`with: ${spread(after)}`, `without: ${spread(before)}`],
      }
    }
    return { 'ncs-gate-p50': figures(0.5), 'ncs-gate-p99': figures(0.99) }
  },
}

async function prepare(bench: Bench, subscribers: number): Promise<() => Promise<number[]>> {
  const { address } = await bench.hub()
  const readers = await bench.child('ncs-readers', { address })
  await readers.call('answer', subscribers)
  const producer = await bench.child('ncs-producer', { address })
  return () => producer.call<number[]>('commit', bench.quick ? 500 : 3000, subscribers)
}
