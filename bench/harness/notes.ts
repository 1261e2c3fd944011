import type { Rates } from './flow.js'
import { compact, median, spread } from './statistics.js'

/** Returns the spread and CPU time of both sides, for people. */
export function ratesNotes(what: 'events' | 'deliveries', ours: Rates[], peer: Rates[]): string[] {
  return [side('tocsin', what, ours), side('peer', what, peer)]
}

function side(name: string, what: 'events' | 'deliveries', rates: Rates[]): string {
  const cpu = [0, 1, 2].map((i) => compact(median(rates.map((rate) => rate.cpu[i]))))
  return `${name}: ${spread(rates.map((rate) => rate[what]))}; µs an event: publisher ${cpu[0]}, server ${cpu[1]}, subscribers ${cpu[2]}`
}
