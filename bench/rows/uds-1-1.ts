import { alternate } from '../harness/bench.js'
import { Flow } from '../harness/flow.js'
import { ratesNotes } from '../harness/notes.js'
import type { Benchmark } from '../harness/row.js'
import { median } from '../harness/statistics.js'

/** The first seconds of a growing log are faster than the rest, so shorter runs would be too favourable. */
const SECONDS = 4

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
    const [peerRates, ourRates] = await alternate(bench.rounds, [
      () => peer.closedLoop(0.5, SECONDS),
      () => ours.closedLoop(0.5, SECONDS),
    ])
    return {
      'uds-1-1': {
        value: median(ourRates.map((rate) => rate.events)),
        peer: median(peerRates.map((rate) => rate.events)),
        notes: ratesNotes('events', ourRates, peerRates),
      },
    }
  },
}
