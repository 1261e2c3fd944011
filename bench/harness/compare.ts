import { alternate, type Bench } from './bench.js'
import type { Figures } from './row.js'
import { median, pairedRatio, spread } from './statistics.js'

/** A side that is measured, and what the notes call it. */
export interface Measured {
  name: string
  measure(): Promise<number>
}

/** Measures both in turn. The ratio is that of rounds that followed each other, since both share what disturbs them. */
export async function compareInTurn(
  bench: Bench,
  ours: Measured,
  peer: Measured,
  rounds = bench.turns,
): Promise<Figures> {
  const [peers, our] = await alternate(rounds, [() => peer.measure(), () => ours.measure()])
  return {
    value: median(our),
    peer: median(peers),
    ratio: pairedRatio(our, peers),
    notes: [`${ours.name}: ${spread(our)}`, `${peer.name}: ${spread(peers)}`],
  }
}
