import type { Bench } from '../harness/bench.js'
import { compareInTurn } from '../harness/compare.js'
import { serverCost, startPublisher, startSubscribers } from '../harness/paced.js'
import type { Benchmark } from '../harness/row.js'

const RATE = 200_000

export const costWalk: Benchmark = {
  rows: [
    {
      name: 'cost-walk',
      what: 'processor time of the hub an event, body a map of 11 keys to walk, against one value of the same size',
      unit: 'µs',
      judge: 'ratio-at-most',
      must: 1.25,
      aim: 1.1,
    },
  ],
  async run(bench) {
    const figures = await compareInTurn(
      bench,
      { name: 'map', measure: await prepare(bench, false) },
      { name: 'one value', measure: await prepare(bench, true) },
    )
    return { 'cost-walk': figures }
  },
}

/** Each has its own hub, so that neither runs on the other's grown log. */
async function prepare(bench: Bench, flat: boolean): Promise<() => Promise<number>> {
  const hub = await bench.hub()
  const publisher = await startPublisher(bench, hub, { flat })
  await startSubscribers(bench, hub, 1, 0)
  return () => serverCost(hub, publisher, RATE, bench.quick ? 0.3 : 0.5, bench.quick ? 0.6 : 4)
}
