import { compareDeliveries } from '../harness/compare-flows.js'
import { Flow } from '../harness/flow.js'
import type { Benchmark } from '../harness/row.js'

/** The first seconds of a growing log are faster than the rest. */
const FAST_SECONDS = 3

export const uds1to1: Benchmark = {
  rows: [
    {
      name: 'uds-1-1',
      what: 'unix socket 1→1, events encoded and decoded, log on; peer nats core',
      unit: 'events/s',
      judge: 'ratio-at-least',
      must: 1.2,
      aim: 1.6,
    },
  ],
  needs: ['nats-server'],
  async run(bench) {
    const options = { window: 8192, connections: 1, decoding: 1 }
    const peer = await Flow.start(bench, await bench.nats(), options)
    const ours = await Flow.start(bench, await bench.hub(), options)
    for (const flow of [peer, ours]) await flow.closedLoop(0, FAST_SECONDS)
    return { 'uds-1-1': await compareDeliveries(bench, peer, ours) }
  },
}
