import { compareInTurn } from '../harness/compare.js'
import type { Benchmark } from '../harness/row.js'

export const replaySlow: Benchmark = {
  rows: [
    {
      name: 'replay-slow',
      what: 'reading a log filled at 100 events/s against one filled at once, in process',
      unit: 'events/s',
      judge: 'ratio-at-least',
      must: 0.4,
      aim: 0.8,
    },
  ],
  async run(bench) {
    const events = bench.quick ? 10_000 : 100_000
    const length = bench.quick ? 0.3 : 1
    const slow = await bench.child('log-reader', { folder: bench.folder(), events, slow: true })
    const packed = await bench.child('log-reader', { folder: bench.folder(), events, slow: false })
    for (const reader of [slow, packed]) await reader.call('read', 0.2)
    const figures = await compareInTurn(
      bench,
      { name: 'slow', measure: () => slow.call('read', length) },
      { name: 'packed', measure: () => packed.call('read', length) },
    )
    return { 'replay-slow': figures }
  },
}
