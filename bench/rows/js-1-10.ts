import { alternate } from '../harness/bench.js'
import { Flow, type FlowOptions } from '../harness/flow.js'
import { ratesNotes } from '../harness/notes.js'
import type { Benchmark } from '../harness/row.js'
import { median, pairedRatio } from '../harness/statistics.js'
import { startClusterHubs, throughTwo } from '../sides/cluster-hubs.js'

/**
 * The window holds for what NATS has not answered, and for what the slowest subscriber does not have. Each subscriber is
 * a process.
 */
const OPTIONS: FlowOptions = { window: 2048, connections: 10, decoding: 1, processes: 10 }
const WARM_UP = 0.3

/**
 * Publishes at one hub and subscribes at another, or publishes to a stream that ten push consumers read: with the
 * library's `publish`, and by hand with one inbox for all answers. Each has a server of its own, which is idle in the turns
 * of the others.
 */
export const js1to10: Benchmark = {
  rows: [
    {
      name: 'js-1-10',
      what: "published at one hub, 10 subscribers at another, one of ten decodes, log in JetStream; peer `publish` of NATS's library and ten push consumers",
      unit: 'deliveries/s',
      judge: 'ratio-at-least',
      must: 3,
      aim: 5,
    },
    {
      name: 'js-1-10-inbox',
      what: 'the same; peer a bare client with one inbox for all answers, and ten push consumers',
      unit: 'deliveries/s',
      judge: 'ratio-at-least',
      must: 1.3,
      aim: 2,
    },
  ],
  needs: ['nats-server'],
  async run(bench) {
    const nats = await bench.nats(true)
    const hubs = await startClusterHubs(bench, nats, 'two', { count: 2, window: OPTIONS.window })
    const flows = [await Flow.start(bench, throughTwo(nats, hubs), OPTIONS)]
    for (const name of ['jetstream-library', 'jetstream-inbox'] as const)
      flows.push(await Flow.start(bench, { ...(await bench.nats(true)), name }, OPTIONS))
    for (const flow of flows) await flow.closedLoop(WARM_UP, 1)
    const length = bench.quick ? 0.6 : 4
    const [ours, library, inbox] = await alternate(
      bench.turns,
      flows.map((flow) => () => flow.closedLoop(WARM_UP, length)),
    )
    const compared = (peer: typeof ours) => {
      const [our, peers] = [ours, peer].map((rates) => rates.map((rate) => rate.deliveries))
      return {
        value: median(our),
        peer: median(peers),
        ratio: pairedRatio(our, peers),
        notes: ratesNotes('deliveries', ours, peer),
      }
    }
    return { 'js-1-10': compared(library), 'js-1-10-inbox': compared(inbox) }
  },
}
