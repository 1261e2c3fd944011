import { alternate } from '../harness/bench.js'
import { Flow } from '../harness/flow.js'
import { ratesNotes } from '../harness/notes.js'
import type { Benchmark } from '../harness/row.js'
import { median, pairedRatio } from '../harness/statistics.js'

const WINDOW = 2048

export const ncsMask: Benchmark = {
  rows: [
    {
      name: 'ncs-mask',
      what: 'notifications to 32 subscribers with masks of one bit, log on; peer native 1→10, the same bytes',
      unit: 'events/s',
      judge: 'ratio-at-least',
      must: 0.7,
      aim: 1,
    },
  ],
  async run(bench) {
    const native = { ...(await bench.hub()), name: 'tocsin-raw' as const }
    const peer = await Flow.start(bench, native, { window: WINDOW, connections: 10, decoding: 0 })
    const masked = { ...(await bench.hub()), name: 'tocsin-ncs' as const }
    const ours = await Flow.start(bench, masked, { window: WINDOW, connections: 1, decoding: 0 })
    const [warmUp, length] = bench.quick ? [0.2, 0.4] : [0.5, 4]
    const [peers, our] = await alternate(
      bench.turns,
      [peer, ours].map((flow) => () => flow.closedLoop(warmUp, length)),
    )
    const [value, of] = [our, peers].map((rounds) => rounds.map(({ events }) => events))
    return {
      'ncs-mask': {
        value: median(value),
        peer: median(of),
        ratio: pairedRatio(value, of),
        notes: ratesNotes('events', our, peers),
      },
    }
  },
}
