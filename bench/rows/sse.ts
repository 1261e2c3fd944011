import { compareDeliveries } from '../harness/compare-flows.js'
import { Flow } from '../harness/flow.js'
import type { Benchmark } from '../harness/row.js'
import { startWebHub } from '../sides/web-hub.js'

export const sse: Benchmark = {
  rows: [
    {
      name: 'sse-1-100',
      what: 'server-sent events 1→100, log on; peer our WebSocket 1→100',
      unit: 'deliveries/s',
      judge: 'ratio-at-least',
      must: 0.5,
      aim: 0.8,
    },
  ],
  async run(bench) {
    const options = { window: 1024, connections: 100, decoding: 0 }
    const [peer, ours] = await Promise.all([
      startWebHub(bench, 'tocsin-ws').then((side) => Flow.start(bench, side, options)),
      startWebHub(bench, 'tocsin-sse').then((side) => Flow.start(bench, side, options)),
    ])
    return { 'sse-1-100': await compareDeliveries(bench, peer, ours) }
  },
}
