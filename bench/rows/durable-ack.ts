import { alternate } from '../harness/bench.js'
import { Flow } from '../harness/flow.js'
import { ratesNotes } from '../harness/notes.js'
import type { Benchmark } from '../harness/row.js'
import { median, pairedRatio } from '../harness/statistics.js'

export const durableAck: Benchmark = {
  rows: [
    {
      name: 'durable-ack',
      what: '1→1, each event acknowledged as durable, 1000 waiting; peer JetStream file store, publish of its library',
      unit: 'events/s',
      judge: 'ratio-at-least',
      must: 6,
      aim: 12,
    },
  ],
  needs: ['nats-server'],
  async run(bench) {
    const options = { window: 1000, connections: 1, decoding: 1 }
    const length = bench.quick ? 0.5 : 4
    const peer = await Flow.start(bench, await bench.nats(true), options)
    const ours = await Flow.start(bench, await bench.hub(), options)
    const [peerRates, ourRates] = await alternate(bench.turns, [
      () => peer.durably(0.5, length),
      () => ours.durably(0.5, length),
    ])
    const [our, peers] = [ourRates, peerRates].map((rates) => rates.map((rate) => rate.events))
    return {
      'durable-ack': {
        value: median(our),
        peer: median(peers),
        ratio: pairedRatio(our, peers),
        notes: ratesNotes('events', ourRates, peerRates),
      },
    }
  },
}
