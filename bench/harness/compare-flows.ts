import { alternate, type Bench } from './bench.js'
import type { Flow } from './flow.js'
import { ratesNotes } from './notes.js'
import type { Figures } from './row.js'
import { median } from './statistics.js'

const LONG = { warmUp: 0.5, length: 4 }
/** Long enough for a first impression, short enough for many rows. */
const SHORT = { warmUp: 0.25, length: 0.6 }

/** Measures the deliveries per second of both in turn, each as fast as its slowest subscriber receives them. */
export async function compareDeliveries(bench: Bench, peer: Flow, ours: Flow): Promise<Figures> {
  const { warmUp, length } = bench.quick ? SHORT : LONG
  const [peerRates, ourRates] = await alternate(
    bench.rounds,
    [peer, ours].map((flow) => () => flow.closedLoop(warmUp, length)),
  )
  return {
    value: median(ourRates.map((rate) => rate.deliveries)),
    peer: median(peerRates.map((rate) => rate.deliveries)),
    notes: ratesNotes('deliveries', ourRates, peerRates),
  }
}
