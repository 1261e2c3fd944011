import { startPublisher } from '../harness/paced.js'
import type { Benchmark } from '../harness/row.js'
import { compact, median, spread } from '../harness/statistics.js'
import type { FirstRow } from '../sides/console-page.js'
import { startWebHub } from '../sides/web-hub.js'

/** The first view has 60 KiB; columns add their heads, and the styles of parts that are not shown at first. */
const MOST_CODE = 64 * 1024
const MOST_ANSWERS = 15 * 1024

export const consoleFirstRow: Benchmark = {
  needs: ['chromium'],
  rows: [
    {
      name: 'console-first-row',
      what: 'first row of the list of events on loopback, with two more columns, nothing cached, 100,000 events in the log',
      unit: 'ms',
      judge: 'value-at-most',
      must: 1000,
      aim: 500,
    },
  ],
  async run(bench) {
    const hub = await startWebHub(bench, 'tocsin-ws')
    const publisher = await startPublisher(bench, hub)
    await publisher.call('fill', 100_000)
    const page = await bench.consolePage(hub)
    const rows: FirstRow[] = []
    for (let i = 0; i < bench.turns; i++) rows.push(await page.firstRow())
    const of = (key: keyof FirstRow) => rows.map((each) => each[key])
    const atMost = (key: keyof FirstRow, most: number) => ({
      ok: median(of(key)) <= most,
      what: `${compact(median(of(key)))} bytes of ${key} (at most ${compact(most)})`,
    })
    return {
      'console-first-row': {
        value: median(of('time')),
        also: [atMost('code', MOST_CODE), atMost('answers', MOST_ANSWERS)],
        notes: [spread(of('time'))],
      },
    }
  },
}
