import type { Bench } from '../harness/bench.js'
import { compareInTurn } from '../harness/compare.js'
import { serverCost, startPublisher, startSubscribers } from '../harness/paced.js'
import type { Benchmark } from '../harness/row.js'

const SUBSCRIPTIONS = 10_000
const RATE = 100_000

/** Types that nobody publishes here, which need no answer and no data. */
const OTHERS = [7, 8, 9, 10, 11, 12, 14, 15, 21, 22, 23, 25, 26, 27]

export const ncsIdleMasks: Benchmark = {
  rows: [
    {
      name: 'ncs-idle-masks',
      what: `processor time of the hub an event, to one subscriber beside ${SUBSCRIPTIONS.toLocaleString('en')} with other masks, all different, against without them`,
      unit: 'µs',
      judge: 'ratio-at-most',
      must: 2,
      aim: 1.2,
    },
  ],
  async run(bench) {
    const count = bench.quick ? SUBSCRIPTIONS / 5 : SUBSCRIPTIONS
    const figures = await compareInTurn(
      bench,
      { name: `beside ${count.toLocaleString('en')}`, measure: await prepare(bench, count) },
      { name: 'alone', measure: await prepare(bench, 0) },
    )
    return { 'ncs-idle-masks': figures }
  },
}

async function prepare(bench: Bench, idle: number): Promise<() => Promise<number>> {
  const hub = { ...(await bench.hub()), name: 'tocsin-audit' as const }
  const publisher = await startPublisher(bench, hub)
  await startSubscribers(bench, hub, 1, 0)
  const others = await bench.child('ncs-readers', { address: hub.address })
  await others.call(
    'idle',
    Array.from({ length: idle }, (_, i) => maskOf(i + 1)),
  )
  return () => serverCost(hub, publisher, RATE, bench.quick ? 0.3 : 0.5, bench.quick ? 0.6 : 4)
}

/** A mask of its own for each number. */
function maskOf(number: number): number {
  const bits = OTHERS.filter((_, i) => (number & (1 << i)) !== 0)
  return bits.reduce((mask, bit) => (mask | (1 << bit)) >>> 0, 0)
}
