import type { Bench } from '../harness/bench.js'
import { pause, until } from '../harness/clock.js'
import { startPublisher } from '../harness/paced.js'
import type { Benchmark, Figures } from '../harness/row.js'
import { compact, median, quantile } from '../harness/statistics.js'
import type { PublisherCounts } from '../roles/publisher.js'
import { startWebHub } from '../sides/web-hub.js'

const RATE = 50_000
const WARM_UP = 3

export const consoleRate: Benchmark = {
  needs: ['chromium'],
  rows: [
    {
      name: 'console-rate',
      what: `frames of the web console while ${RATE.toLocaleString('en')} events arrive a second, with two more columns, one second in twenty may be below`,
      unit: 'frames/s',
      judge: 'value-at-least',
      must: 30,
      aim: 50,
    },
  ],
  run: async (bench) => ({ 'console-rate': await measure(bench) }),
}

async function measure(bench: Bench): Promise<Figures> {
  const hub = await startWebHub(bench, 'tocsin-ws')
  const page = await bench.consolePage(hub)
  const publisher = await startPublisher(bench, hub)
  await page.follow()
  await publisher.call('pace', RATE, false)
  await pause(WARM_UP)
  const before = await page.arrived()
  const started = performance.now()
  const frames = await page.frames(bench.quick ? 20 : 60)
  const rate = ((await page.arrived()) - before) / ((performance.now() - started) / 1000)
  const { sent } = await publisher.call<PublisherCounts>('halt')
  const all = async () => (await page.arrived()) === sent
  const isComplete = await until('the page has every event', all, 30, 50).catch(() => false)
  const isCounted = await until(
    'the page tells their number',
    async () => (await page.counted()) === sent,
    30,
    200,
  ).catch(() => false)
  return {
    value: quantile(frames, 0.05),
    also: [
      {
        ok: rate >= RATE * 0.95,
        what: `${compact(rate)} events arrive a second (at least ${compact(RATE * 0.95)})`,
      },
      { ok: isComplete, what: `the list gets each of ${compact(sent)} events` },
      { ok: isCounted, what: 'the number over the list is exact' },
    ],
    notes: [`median ${compact(median(frames))}, lowest ${compact(Math.min(...frames))}`],
  }
}
