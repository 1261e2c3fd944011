import { compareDeliveries } from '../harness/compare-flows.js'
import { Flow } from '../harness/flow.js'
import type { Benchmark } from '../harness/row.js'
import { startTcpHub } from '../sides/tcp-hub.js'

export const tcp1to10: Benchmark = {
  rows: [
    {
      name: 'tcp-1-10',
      what: 'native protocol over loopback TCP 1→10, one of ten decodes, log on; peer nats core',
      unit: 'deliveries/s',
      judge: 'ratio-at-least',
      must: 3,
      aim: 5,
    },
  ],
  needs: ['nats-server'],
  async run(bench) {
    const options = { window: 2048, connections: 10, decoding: 1 }
    const [peer, ours] = await Promise.all([
      bench.nats().then((side) => Flow.start(bench, side, options)),
      startTcpHub(bench).then((side) => Flow.start(bench, side, options)),
    ])
    return { 'tcp-1-10': await compareDeliveries(bench, peer, ours) }
  },
}
