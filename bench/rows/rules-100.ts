import type { Bench } from '../harness/bench.js'
import { compareInTurn } from '../harness/compare.js'
import { serverCost, startPublisher, startSubscribers } from '../harness/paced.js'
import type { Benchmark } from '../harness/row.js'
import { PREFIX } from '../harness/sample-event.js'

const RATE = 50_000

/** 40 rules are about other tags, 40 tell events apart by the end of their tag, 20 by their body. */
const rules = [
  ...named(40, 'other', (i) => ({ filter: `app${i}/` })),
  ...named(40, 'host', (i) => ({ filter: `${PREFIX}*/ret/web${i}`, onceWithin: '1h' })),
  ...named(20, 'code', (i) => ({ filter: PREFIX, where: `data.retcode = ${i + 1}` })),
]

export const rules100: Benchmark = {
  rows: [
    {
      name: 'rules-100',
      what: 'processor time of the hub an event at 50,000/s with 100 rules, against without',
      unit: 'µs',
      judge: 'ratio-at-most',
      must: 3,
      aim: 1.5,
    },
  ],
  async run(bench) {
    const figures = await compareInTurn(
      bench,
      { name: 'with', measure: await prepare(bench, JSON.stringify({ rules: Object.fromEntries(rules) })) },
      { name: 'without', measure: await prepare(bench, '') },
    )
    return { 'rules-100': figures }
  },
}

type NamedRule = readonly [name: string, rule: object]

function named(count: number, name: string, settings: (index: number) => object): NamedRule[] {
  return Array.from({ length: count }, (_, i) => [
    `${name}-${i}`,
    { ...settings(i), fire: { tag: `alert/${name}/${i}` } },
  ])
}

async function prepare(bench: Bench, config: string): Promise<() => Promise<number>> {
  const hub = await bench.hub(config)
  const publisher = await startPublisher(bench, hub)
  await startSubscribers(bench, hub, 1, 0)
  return () => serverCost(hub, publisher, RATE, bench.quick ? 0.3 : 0.5, bench.quick ? 0.6 : 4)
}
