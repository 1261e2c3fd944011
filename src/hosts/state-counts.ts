import type { HostTrouble } from '../methods/headline/facts.js'
import { type HostState, stateOf } from './host-order.js'
import type { HostTable } from './host-table.js'

/** Hosts that are counted at once, which takes a few milliseconds. */
const AT_ONCE = 10_000
/** Age up to which an error counts for the trouble of now, s. */
const RECENT = 600

/** The number of hosts in each state, counted in parts: a look at all of very many hosts would take too long. */
export class HostStateCounts {
  #counts = noHosts()
  #counting = noHosts()
  #failing = 0
  #countingFailing = 0
  #next = 0

  /** As they were when all hosts were counted last. */
  get counts(): Readonly<Record<HostState, number>> {
    return this.#counts
  }

  get trouble(): HostTrouble {
    const { error, silent, warning, ok } = this.#counts
    return { known: error + silent + warning + ok, failing: this.#failing, silent }
  }

  /** Counts the next hosts, and begins again after the last. */
  step(table: HostTable, now: number): void {
    const end = Math.min(this.#next + AT_ONCE, table.end)
    for (; this.#next < end; this.#next++) {
      if (table.nameOf(this.#next) === undefined) continue
      this.#counting[stateOf(table, this.#next, now)]++
      if (now - table.errorAt[this.#next] < RECENT) this.#countingFailing++
    }
    if (this.#next < table.end) return
    this.#counts = this.#counting
    this.#failing = this.#countingFailing
    this.#counting = noHosts()
    this.#countingFailing = 0
    this.#next = 0
  }
}

/** A count for each state. */
export function noHosts(): Record<HostState, number> {
  return { error: 0, silent: 0, warning: 0, ok: 0, left: 0 }
}
