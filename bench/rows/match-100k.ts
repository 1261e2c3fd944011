import type { Bench } from '../harness/bench.js'
import { compareInTurn } from '../harness/compare.js'
import type { Benchmark } from '../harness/row.js'

export const match100k: Benchmark = {
  rows: [
    {
      name: 'match-100k',
      what: 'publish to ten subscribers among 100,000 against ten alone, in process, without sockets',
      unit: 'µs',
      judge: 'ratio-at-most',
      must: 4,
      aim: 1.5,
    },
  ],
  async run(bench) {
    const figures = await compareInTurn(
      bench,
      { name: '100,000', measure: await prepare(bench, 100_000) },
      { name: '10', measure: await prepare(bench, 10) },
    )
    return { 'match-100k': figures }
  },
}

async function prepare(bench: Bench, subscribers: number): Promise<() => Promise<number>> {
  const matcher = await bench.child('matcher', { subscribers })
  const turns = bench.quick ? 5000 : 15_000
  await matcher.call('run', turns)
  return () => matcher.call<number>('run', turns)
}
