import { alternate } from '../harness/bench.js'
import { Flow } from '../harness/flow.js'
import { ratesNotes } from '../harness/notes.js'
import type { Benchmark } from '../harness/row.js'
import { median } from '../harness/statistics.js'

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
    const length = bench.quick ? 2 : 4
    const peer = await Flow.start(bench, await bench.nats(), options)
    const ours = await Flow.start(bench, await bench.hub(), options)
    const [peerRates, ourRates] = await alternate(bench.rounds, [
      () => peer.closedLoop(0.5, length),
      () => ours.closedLoop(0.5, length),
    ])
    return {
      'uds-1-10': {
        value: median(ourRates.map((rate) => rate.deliveries)),
        peer: median(peerRates.map((rate) => rate.deliveries)),
        notes: ratesNotes('deliveries', ourRates, peerRates),
      },
    }
  },
}
