import { alternate } from '../harness/bench.js'
import { Flow } from '../harness/flow.js'
import { ratesNotes } from '../harness/notes.js'
import type { Benchmark } from '../harness/row.js'
import { median } from '../harness/statistics.js'
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
  async run(bench) {
    const options = { window: 2048, connections: 10, decoding: 1 }
    const length = bench.quick ? 1 : 4
    const peer = await Flow.start(bench, await bench.nats(), options)
    const ours = await Flow.start(bench, await startTcpHub(bench), options)
    const [peerRates, ourRates] = await alternate(bench.rounds, [
      () => peer.closedLoop(0.5, length),
      () => ours.closedLoop(0.5, length),
    ])
    return {
      'tcp-1-10': {
        value: median(ourRates.map((rate) => rate.deliveries)),
        peer: median(peerRates.map((rate) => rate.deliveries)),
        notes: ratesNotes('deliveries', ourRates, peerRates),
      },
    }
  },
}
