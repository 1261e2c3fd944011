import { alternate, type Bench } from '../harness/bench.js'
import { serverCost, startPublisher, startSubscribers } from '../harness/paced.js'
import type { Benchmark, Figures } from '../harness/row.js'
import { compact, median, pairedRatio, spread } from '../harness/statistics.js'
import type { RunningSide } from '../sides/side.js'
import { startWebHub } from '../sides/web-hub.js'

const RATE = 50_000
/** The page asks for its counts again after this time, seconds. */
const COUNTS_EVERY = 5

export const consoleCpu: Benchmark = {
  needs: ['chromium'],
  rows: [
    {
      name: 'console-cpu',
      what: `processor time of the hub an event at ${RATE.toLocaleString('en')}/s with one open console, against one subscriber with CloudEvents over WebSocket`,
      unit: 'µs',
      judge: 'ratio-at-most',
      must: 1,
      aim: 0.8,
    },
  ],
  run: async (bench) => ({ 'console-cpu': await measure(bench) }),
}

async function measure(bench: Bench): Promise<Figures> {
  const hub = await startWebHub(bench, 'tocsin-ws')
  const native: RunningSide = { ...hub, name: 'tocsin-ws-native' }
  const publisher = await startPublisher(bench, hub)
  const page = await bench.consolePage(hub)
  const cost = () => serverCost(hub, publisher, RATE, 1, bench.quick ? 2 * COUNTS_EVERY : 4 * COUNTS_EVERY)
  const withReader = (side: RunningSide) => async () => {
    const reader = await startSubscribers(bench, side, 1, 0)
    const found = await cost()
    await reader.stop()
    return found
  }
  const withConsole = async () => {
    await page.follow()
    const found = await cost()
    await page.leave()
    return found
  }
  const measured = [withReader(hub), withConsole, withReader(native), cost]
  const [json, console, frames, nobody] = await alternate(bench.rounds, measured)
  return {
    value: median(console),
    peer: median(json),
    ratio: pairedRatio(console, json),
    notes: [
      `console: ${spread(console)}`,
      `CloudEvents: ${spread(json)}`,
      `frames of the log over WebSocket: ${compact(median(frames))}`,
      `nobody: ${compact(median(nobody))}`,
    ],
  }
}
