import type { Rates } from './flow.js'
import { compact, median, spread } from './statistics.js'

/** Returns the spread and CPU time of both sides, for people. */
export function ratesNotes(what: 'events' | 'deliveries', ours: Rates[], peer: Rates[]): string[] {
  return [side('tocsin', what, ours), side('peer', what, peer)]
}

function side(name: string, what: 'events' | 'deliveries', rates: Rates[]): string {
  const cpu = Object.keys(rates[0].cpu).map(
    (part) => `${part} ${compact(median(rates.map((rate) => rate.cpu[part])))}`,
  )
  return `${name}: ${spread(rates.map((rate) => rate[what]))}; µs an event: ${cpu.join(', ')}`
}
