import { alternate, type Bench } from './bench.js'
import type { Flow } from './flow.js'
import { ratesNotes } from './notes.js'
import type { Figures } from './row.js'
import { median, pairedRatio } from './statistics.js'

const LONG = { warmUp: 0.5, length: 4 }
const SHORT = { warmUp: 0.2, length: 0.4 }

/** Measures the deliveries per second of both in turn, each as fast as its slowest subscriber receives them. */
export async function compareDeliveries(bench: Bench, peer: Flow, ours: Flow): Promise<Figures> {
  const { warmUp, length } = bench.quick ? SHORT : LONG
  const [peerRates, ourRates] = await alternate(
    bench.turns,
    [peer, ours].map((flow) => () => flow.closedLoop(warmUp, length)),
  )
  const [our, peers] = [ourRates, peerRates].map((rates) => rates.map((rate) => rate.deliveries))
  return {
    value: median(our),
    peer: median(peers),
    ratio: pairedRatio(our, peers),
    notes: ratesNotes('deliveries', ourRates, peerRates),
  }
}
