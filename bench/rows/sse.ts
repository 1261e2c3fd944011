import { alternate } from '../harness/bench.js'
import { Flow } from '../harness/flow.js'
import { ratesNotes } from '../harness/notes.js'
import type { Benchmark } from '../harness/row.js'
import { median } from '../harness/statistics.js'
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
    const length = bench.quick ? 2 : 4
    const peer = await Flow.start(bench, await startWebHub(bench, 'tocsin-ws'), options)
    const ours = await Flow.start(bench, await startWebHub(bench, 'tocsin-sse'), options)
    const [peerRates, ourRates] = await alternate(bench.rounds, [
      () => peer.closedLoop(0.5, length),
      () => ours.closedLoop(0.5, length),
    ])
    return {
      'sse-1-100': {
        value: median(ourRates.map((rate) => rate.deliveries)),
        peer: median(peerRates.map((rate) => rate.deliveries)),
        notes: ratesNotes('deliveries', ourRates, peerRates),
      },
    }
  },
}
