import { CLASSES, ERROR_CLASSES, type HostTable, LEFT, SILENT, WARNING_CLASS } from './host-table.js'

/** Orders in which hosts are listed. */
export const ORDERS = ['trouble', 'name', 'last', 'events'] as const
export type HostOrder = (typeof ORDERS)[number]

/** States of hosts, the worst first. */
export const STATES = ['error', 'silent', 'warning', 'ok', 'left'] as const
export type HostState = (typeof STATES)[number]

/** Returns the state of a host: its errors and warnings of the last hour, or that it is silent. */
export function stateOf(table: HostTable, index: number, now: number): HostState {
  const flags = table.flags[index]
  if ((flags & SILENT) !== 0) return 'silent'
  if ((flags & LEFT) !== 0) return 'left'
  if (table.inHour(index, now, 0, ERROR_CLASSES) > 0) return 'error'
  return table.inHour(index, now, WARNING_CLASS, WARNING_CLASS + 1) > 0 ? 'warning' : 'ok'
}

/** Returns a number for each host. The larger one comes first, and the names decide between equal ones. */
export function rankBy(
  order: HostOrder,
  table: HostTable,
  now: number,
): (index: number, state: HostState) => number {
  if (order === 'name') return () => 0
  if (order === 'last') return (index) => table.last[index]
  if (order === 'events') return (index) => table.inHour(index, now)
  return (index, state) => troubleOf(table, index, now, state)
}

const STEP = 2 ** 32

/** Within a state, those with more errors or warnings come first. */
function troubleOf(table: HostTable, index: number, now: number, state: HostState): number {
  const rank = (STATES.length - STATES.indexOf(state)) * STEP
  if (state === 'silent' || state === 'left') return rank
  return rank + table.inHour(index, now, 0, state === 'error' ? ERROR_CLASSES : CLASSES)
}

export interface RankedHost {
  readonly index: number
  readonly name: string
  readonly rank: number
}

/** The first of very many hosts in an order, without sorting all of them. */
export class FirstHosts {
  readonly #limit: number
  #kept: RankedHost[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  add(host: RankedHost): void {
    this.#kept.push(host)
  }

  /** Forgets those that cannot be among the first. */
  reduce(): void {
    if (this.#kept.length > this.#limit) this.#kept = this.#sorted()
  }

  get indexes(): number[] {
    return this.#sorted().map(({ index }) => index)
  }

  #sorted(): RankedHost[] {
    return this.#kept.sort((a, b) => b.rank - a.rank || (a.name < b.name ? -1 : 1)).slice(0, this.#limit)
  }
}
