import { alternate, type Bench } from '../harness/bench.js'
import { Flow } from '../harness/flow.js'
import { ratesNotes } from '../harness/notes.js'
import type { Benchmark, Figures } from '../harness/row.js'
import { median, pairedRatio } from '../harness/statistics.js'
import type { RunningSide } from '../sides/side.js'

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
    const peer = await bench.nats(true)
    return { 'durable-ack': await compareDurable(bench, peer, await bench.hub()) }
  },
}

/** Measures both in turn. */
export async function compareDurable(bench: Bench, peer: RunningSide, ours: RunningSide): Promise<Figures> {
  const options = { window: 1000, connections: 1, decoding: 1 }
  const length = bench.quick ? 0.5 : 4
  const [peers, our] = [await Flow.start(bench, peer, options), await Flow.start(bench, ours, options)]
  const [peerRates, ourRates] = await alternate(
    bench.turns,
    [peers, our].map((flow) => () => flow.durably(0.5, length)),
  )
  const [rates, ratesOfPeer] = [ourRates, peerRates].map((all) => all.map(({ events }) => events))
  return {
    value: median(rates),
    peer: median(ratesOfPeer),
    ratio: pairedRatio(rates, ratesOfPeer),
    notes: ratesNotes('events', ourRates, peerRates),
  }
}
