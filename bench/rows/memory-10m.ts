import { startPublisher, startSubscribers } from '../harness/paced.js'
import type { Benchmark } from '../harness/row.js'
import { settledMegabytes } from '../harness/settled.js'

export const memory10m: Benchmark = {
  rows: [
    {
      name: 'memory-10m',
      what: 'anonymous memory of the hub after 10 million events against after 1 million (quick: a tenth)',
      unit: 'MB',
      judge: 'ratio-at-most',
      must: 1.1,
      aim: 1.02,
    },
  ],
  async run(bench) {
    const million = bench.quick ? 100_000 : 1_000_000
    const hub = await bench.hub()
    const publisher = await startPublisher(bench, hub)
    await startSubscribers(bench, hub, 1, 0)
    await publisher.call('fill', million)
    const early = await settledMegabytes(hub.pid)
    await publisher.call('fill', 9 * million)
    return { 'memory-10m': { value: await settledMegabytes(hub.pid), peer: early } }
  },
}
