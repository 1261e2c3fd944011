import type { Bench } from '../harness/bench.js'
import { compareInTurn } from '../harness/compare.js'
import { serverCost, startPublisher, startSubscribers } from '../harness/paced.js'
import type { Benchmark } from '../harness/row.js'

const RATE = 200_000

const limited = `
principals:
  minion:
    source: minion
    publish: ["salt/job/", "salt/auth/"]
    see: ["salt/job/", "salt/auth/"]
listen:
  unix:
    - principal: minion
`

export const costRights: Benchmark = {
  rows: [
    {
      name: 'cost-rights',
      what: 'processor time of the hub an event, publisher and subscriber with rights as filters, against with all rights',
      unit: 'µs',
      judge: 'ratio-at-most',
      must: 1.25,
      aim: 1.1,
    },
  ],
  async run(bench) {
    const figures = await compareInTurn(
      bench,
      { name: 'with', measure: await prepare(bench, limited) },
      { name: 'without', measure: await prepare(bench, '') },
    )
    return { 'cost-rights': figures }
  },
}

async function prepare(bench: Bench, config: string): Promise<() => Promise<number>> {
  const hub = await bench.hub(config)
  const publisher = await startPublisher(bench, hub)
  await startSubscribers(bench, hub, 1, 0)
  return () => serverCost(hub, publisher, RATE, bench.quick ? 0.3 : 0.5, bench.quick ? 0.6 : 4)
}
