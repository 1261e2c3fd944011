import { compareDeliveries } from '../harness/compare-flows.js'
import { Flow } from '../harness/flow.js'
import type { Benchmark } from '../harness/row.js'
import { compact } from '../harness/statistics.js'
import { startNetconfHub } from '../sides/netconf-hub.js'
import { startSecureWebHub, startWebHub } from '../sides/web-hub.js'

const SUBSCRIBERS = 100

export const netconfOut: Benchmark = {
  rows: [
    {
      name: 'netconf-out',
      what: `NETCONF over SSH 1→${SUBSCRIBERS}, notifications, log on; peer the same hub with the same events over WebSocket with TLS`,
      unit: 'deliveries/s',
      judge: 'ratio-at-least',
      must: 0.5,
      aim: 0.7,
    },
  ],
  async run(bench) {
    const options = { window: 256, connections: SUBSCRIBERS, decoding: 0 }
    const [secure, plain, ours] = await Promise.all([
      startSecureWebHub(bench).then((side) => Flow.start(bench, side, options)),
      startWebHub(bench, 'tocsin-ws').then((side) => Flow.start(bench, side, options)),
      startNetconfHub(bench).then((side) => Flow.start(bench, side, options)),
    ])
    const figures = await compareDeliveries(bench, secure, ours)
    const unprotected = await compareDeliveries(bench, plain, ours)
    await Promise.all([secure.stop(), plain.stop(), ours.stop()])
    const ratio = `against WebSocket without TLS: ${compact(unprotected.ratio ?? 0)} ×`
    return { 'netconf-out': { ...figures, notes: [...(figures.notes ?? []), ratio] } }
  },
}
