import { startPublisher } from '../harness/paced.js'
import type { Benchmark } from '../harness/row.js'
import { median, spread } from '../harness/statistics.js'
import { startWebHub } from '../sides/web-hub.js'

export const consolePaint: Benchmark = {
  needs: ['chromium'],
  rows: [
    {
      name: 'console-paint',
      what: 'first contentful paint of the page of events on loopback, nothing cached, 100,000 events in the log',
      unit: 'ms',
      judge: 'value-at-most',
      must: 1000,
      aim: 300,
    },
  ],
  async run(bench) {
    const hub = await startWebHub(bench, 'tocsin-ws')
    const publisher = await startPublisher(bench, hub)
    await publisher.call('fill', 100_000)
    const page = await bench.consolePage(hub)
    const times: number[] = []
    for (let i = 0; i < bench.turns; i++) times.push(await page.firstPaint())
    return { 'console-paint': { value: median(times), notes: [spread(times)] } }
  },
}
