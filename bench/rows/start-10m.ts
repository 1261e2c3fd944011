import { seconds } from '../harness/clock.js'
import { startPublisher } from '../harness/paced.js'
import type { Benchmark } from '../harness/row.js'
import { median, spread } from '../harness/statistics.js'

export const start10m: Benchmark = {
  rows: [
    {
      name: 'start-10m',
      what: 'from spawning the hub to its answer, with 10 million events in the log (quick: 1 million)',
      unit: 's',
      judge: 'value-at-most',
      must: 0.3,
      aim: 0.15,
    },
  ],
  async run(bench) {
    const folder = bench.folder()
    const first = await bench.hub('', folder)
    const publisher = await startPublisher(bench, first)
    await publisher.call('fill', bench.quick ? 1_000_000 : 10_000_000)
    await publisher.stop()
    await first.stop()
    const times: number[] = []
    for (let i = 0; i < 5; i++) {
      const spawned = seconds()
      const hub = await bench.hub('', folder)
      times.push(seconds() - spawned)
      await hub.stop()
    }
    return { 'start-10m': { value: median(times), notes: [spread(times)] } }
  },
}
