import type { Benchmark } from '../harness/row.js'
import { median, spread } from '../harness/statistics.js'

export const append: Benchmark = {
  rows: [
    {
      name: 'append',
      what: 'events made durable by the log, saturated, in a process of its own without sockets',
      unit: 'events/s',
      judge: 'value-at-least',
      must: 500_000,
      aim: 1_200_000,
    },
  ],
  async run(bench) {
    const appender = await bench.child('appender', { folder: bench.folder() })
    const rates: number[] = []
    for (let i = 0; i < bench.rounds; i++) {
      rates.push(await appender.call<number>('measure', 0.5, bench.quick ? 2 : 4))
    }
    return { append: { value: median(rates), notes: [spread(rates)] } }
  },
}
