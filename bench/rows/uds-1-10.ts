import { compareDeliveries } from '../harness/compare-flows.js'
import { Flow } from '../harness/flow.js'
import type { Benchmark } from '../harness/row.js'

export const uds1to10: Benchmark = {
  rows: [
    {
      name: 'uds-1-10',
      what: 'unix socket 1→10, one of ten decodes, log on; peer nats core',
      unit: 'deliveries/s',
      judge: 'ratio-at-least',
      must: 3,
      aim: 5,
    },
  ],
  needs: ['nats-server'],
  async run(bench) {
    const options = { window: 2048, connections: 10, decoding: 1 }
    const peer = await Flow.start(bench, await bench.nats(), options)
    const ours = await Flow.start(bench, await bench.hub(), options)
    return { 'uds-1-10': await compareDeliveries(bench, peer, ours) }
  },
}
