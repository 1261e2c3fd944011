import { alternate } from '../harness/bench.js'
import { Flow } from '../harness/flow.js'
import { ratesNotes } from '../harness/notes.js'
import type { Benchmark } from '../harness/row.js'
import { median } from '../harness/statistics.js'

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
    const length = bench.quick ? 1.5 : 4
    const peer = await Flow.start(bench, await bench.nats(true), options)
    const ours = await Flow.start(bench, await bench.hub(), options)
    const [peerRates, ourRates] = await alternate(bench.rounds, [
      () => peer.durably(0.5, length),
      () => ours.durably(0.5, length),
    ])
    return {
      'durable-ack': {
        value: median(ourRates.map((rate) => rate.events)),
        peer: median(peerRates.map((rate) => rate.events)),
        notes: ratesNotes('events', ourRates, peerRates),
      },
    }
  },
}
