import { compareDeliveries } from '../harness/compare-flows.js'
import { Flow } from '../harness/flow.js'
import type { Benchmark } from '../harness/row.js'
import { startClusterHubs, throughTwo } from '../sides/cluster-hubs.js'

/** Publishes at one hub and subscribes at another, or over bare connections. */
export const js1to10: Benchmark = {
  rows: [
    {
      name: 'js-1-10',
      what: 'published at one hub, 10 subscribers at another, one of ten decodes, log in JetStream; peer ten bare push consumers',
      unit: 'deliveries/s',
      judge: 'ratio-at-least',
      must: 3,
      aim: 5,
    },
  ],
  needs: ['nats-server'],
  async run(bench) {
    const options = { window: 2048, connections: 10, decoding: 1 }
    const nats = await bench.nats(true)
    const hubs = await startClusterHubs(bench, nats, 'two', 2)
    const ours = await Flow.start(bench, throughTwo(hubs), options)
    const peer = await Flow.start(bench, { ...nats, name: 'jetstream-push' }, options)
    return { 'js-1-10': await compareDeliveries(bench, peer, ours) }
  },
}
