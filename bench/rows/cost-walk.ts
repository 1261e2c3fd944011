import { alternate, type Bench } from '../harness/bench.js'
import { serverCost, startPublisher, startSubscribers } from '../harness/paced.js'
import type { Benchmark } from '../harness/row.js'
import { median, spread } from '../harness/statistics.js'

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
    const [maps, flat] = await alternate(bench.rounds, [
      await prepare(bench, false),
      await prepare(bench, true),
    ])
    return {
      'cost-walk': {
        value: median(maps),
        peer: median(flat),
        notes: [`map: ${spread(maps)}, one value: ${spread(flat)}`],
      },
    }
  },
}

/** Each has its own hub, so that neither runs on the other's grown log. */
async function prepare(bench: Bench, flat: boolean): Promise<() => Promise<number>> {
  const hub = await bench.hub()
  const publisher = await startPublisher(bench, hub, { flat })
  await startSubscribers(bench, hub, 1, 0)
  return () => serverCost(hub, publisher, RATE, 0.5, bench.quick ? 1.5 : 4)
}
