import type { Bench } from '../harness/bench.js'
import { pause } from '../harness/clock.js'
import { startPublisher } from '../harness/paced.js'
import type { Benchmark, Figures } from '../harness/row.js'
import { compact, median } from '../harness/statistics.js'
import type { PageMemory, UnwatchedConsole } from '../sides/unwatched-console.js'
import { startWebHub } from '../sides/web-hub.js'

const RATE = 50_000
/** The list keeps 32 MiB of events, which come within some seconds. */
const WARM_UP = 30
const MAX_GROWTH = 1.1

export const consoleMemory: Benchmark = {
  needs: ['chromium'],
  rows: [
    {
      name: 'console-memory',
      what: `JavaScript heap of the web console in the last third of an hour (quick: of 2 minutes) at ${RATE.toLocaleString('en')} events/s with two more columns, against the first`,
      unit: 'MB',
      judge: 'ratio-at-most',
      must: 1.1,
      aim: 1.02,
    },
  ],
  run: async (bench) => ({ 'console-memory': await measure(bench) }),
}

async function measure(bench: Bench): Promise<Figures> {
  const hub = await startWebHub(bench, 'tocsin-ws', 'log: { retention: { bytes: 2GiB } }')
  const page = await bench.unwatchedConsole(hub)
  const publisher = await startPublisher(bench, hub)
  await publisher.call('pace', RATE, false)
  await pause(WARM_UP)
  const samples = await sample(page, bench.quick ? 120 : 3600, bench.quick ? 10 : 60)
  await publisher.call('halt')
  const third = Math.floor(samples.length / 3)
  const part = (of: readonly PageMemory[], key: keyof PageMemory) => median(of.map((each) => each[key]))
  const [first, last] = [samples.slice(0, third), samples.slice(-third)]
  const growth = (key: keyof PageMemory) => part(last, key) / part(first, key)
  const listeners = part(last, 'listeners') - part(first, 'listeners')
  return {
    value: part(last, 'heap'),
    peer: part(first, 'heap'),
    notes: [`MB of the process: ${samples.map(({ processes }) => Math.round(processes)).join(' ')}`],
    also: [
      {
        // Nodes that were replaced are counted until they are collected.
        ok: growth('nodes') <= MAX_GROWTH,
        what: `${compact(part(last, 'nodes'))} nodes, ${compact(growth('nodes'))} times those at first (at most ${MAX_GROWTH})`,
      },
      {
        ok: listeners <= 0,
        what: `${compact(part(last, 'listeners'))} listeners, ${listeners} more than at first`,
      },
      {
        ok: growth('processes') <= MAX_GROWTH,
        what: `its process has ${compact(part(last, 'processes'))} MB, ${compact(growth('processes'))} times those at first (at most ${MAX_GROWTH})`,
      },
    ],
  }
}

async function sample(page: UnwatchedConsole, seconds: number, every: number): Promise<PageMemory[]> {
  const samples: PageMemory[] = []
  for (let passed = 0; passed < seconds; passed += every) {
    await pause(every)
    samples.push(await page.memory())
  }
  return samples
}
