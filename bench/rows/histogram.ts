import type { Benchmark } from '../harness/row.js'
import { median } from '../harness/statistics.js'

export const histogram: Benchmark = {
  rows: [
    {
      name: 'histogram',
      what: 'answers a second: 60 buckets over 10 million events (quick: 1 million), no filter, asked again every second; peer reading the events',
      unit: 'answers/s',
      judge: 'ratio-at-least',
      must: 50,
      aim: 500,
    },
  ],
  async run(bench) {
    const events = bench.quick ? 1_000_000 : 10_000_000
    const counter = await bench.child('counter', { folder: bench.folder(), events })
    const measured = { read: [] as number[], first: [] as number[], again: [] as number[] }
    for (let round = 0; round < bench.rounds; round++) {
      measured.read.push(await counter.call<number>('read'))
      measured.first.push(await counter.call<number>('first'))
      for (let times = 0; times < 20; times++) measured.again.push(await counter.call<number>('again'))
    }
    const [read, first, again] = [measured.read, measured.first, measured.again].map(median)
    const ms = (seconds: number) => `${(seconds * 1000).toPrecision(3)} ms`
    const notes = [
      `reading ${ms(read)}`,
      `the first answer ${ms(first)} (${(read / first).toPrecision(3)} ×)`,
      `asked again ${ms(again)}`,
    ]
    return { histogram: { value: 1 / again, peer: 1 / read, notes } }
  },
}
