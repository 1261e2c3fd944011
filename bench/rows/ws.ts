import type { Bench } from '../harness/bench.js'
import { compareDeliveries } from '../harness/compare-flows.js'
import { Flow } from '../harness/flow.js'
import type { Benchmark, Figures } from '../harness/row.js'
import { startWebHub } from '../sides/web-hub.js'
import { startWsServer } from '../sides/ws-server.js'

export const webSocket: Benchmark[] = [10, 1000].map((subscribers) => ({
  rows: [
    {
      name: `ws-1-${subscribers}`,
      what: `WebSocket 1→${subscribers}, CloudEvents JSON, log on; peer a server that sends each with ws`,
      unit: 'deliveries/s',
      judge: 'ratio-at-least',
      must: 5,
      aim: 10,
    },
  ],
  run: async (bench) => ({ [`ws-1-${subscribers}`]: await measure(bench, subscribers) }),
}))

async function measure(bench: Bench, connections: number): Promise<Figures> {
  const isWide = connections > 100
  // Small for many connections, since each event in flight counts a thousand times, and every round waits for all.
  const options = { window: isWide ? 64 : 2048, connections, decoding: isWide ? 0 : 1 }
  const [peer, ours] = await Promise.all([
    startWsServer(bench).then((side) => Flow.start(bench, side, options)),
    startWebHub(bench, 'tocsin-ws').then((side) => Flow.start(bench, side, options)),
  ])
  const figures = await compareDeliveries(bench, peer, ours)
  await Promise.all([peer.stop(), ours.stop()])
  return figures
}
