import { type HostState, stateOf } from './host-order.js'
import type { HostTable } from './host-table.js'

/** Hosts that are counted at once, which takes a few milliseconds. */
const AT_ONCE = 10_000

/** The number of hosts in each state, counted in parts: a look at all of very many hosts would take too long. */
export class HostStateCounts {
  #counts = noHosts()
  #counting = noHosts()
  #next = 0

  /** As they were when all hosts were counted last. */
  get counts(): Readonly<Record<HostState, number>> {
    return this.#counts
  }

  /** Counts the next hosts, and begins again after the last. */
  step(table: HostTable, now: number): void {
    const end = Math.min(this.#next + AT_ONCE, table.end)
    for (; this.#next < end; this.#next++)
      if (table.nameOf(this.#next) !== undefined) this.#counting[stateOf(table, this.#next, now)]++
    if (this.#next < table.end) return
    this.#counts = this.#counting
    this.#counting = noHosts()
    this.#next = 0
  }
}

/** A count for each state. */
export function noHosts(): Record<HostState, number> {
  return { error: 0, silent: 0, warning: 0, ok: 0, left: 0 }
}
