import type { HostMap } from '../../../src/methods/contract/index.js'
import { call } from '../../hub/api.js'
import { type Answer, useAnswer } from '../../hub/asking.js'
import { type HostState, hostStates, stateAt } from './states.js'

export type Period = 'hour' | 'day'

/** A host of the field. */
export interface FleetHost {
  readonly name: string
  readonly state: HostState
  /** Errors in the chosen time, or warnings if there were no errors. */
  readonly trouble: number
  /** Seconds since its last event. */
  readonly heard: number
  /** Kinds of sources that speak for it. */
  readonly sources: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  /** Its operating system; empty if that is not known. */
  readonly os: string
}

export interface Fleet {
  readonly hosts: readonly FleetHost[]
  /** False: the hub knows more hosts than the page shows. */
  readonly isWhole: boolean
  /** When the hub has answered, ms since the epoch. */
  readonly at: number
}

const EVERY_MS = 5000
const PAGE = 5000
/** Most hosts on the page. */
export const MOST = 20_000

/** Asks for all hosts whose names match, again and again. */
export function useFleet(match: readonly string[], within: Period): Answer<Fleet> {
  return useAnswer<Fleet>(
    JSON.stringify([match, within]),
    async (signal, soFar) => {
      const hosts = new Map<string, FleetHost>()
      for (let after: string | undefined; ; ) {
        const page: HostMap = await call(
          'hosts.map',
          { match: [...match], within, limit: PAGE, ...(after !== undefined && { after }) },
          signal,
        )
        for (const host of hostsIn(page)) hosts.set(host.name, host)
        after = page.next
        const fleet = { hosts: [...hosts.values()], isWhole: after === undefined, at: Date.now() }
        if (after === undefined || hosts.size >= MOST) return fleet
        soFar(fleet)
      }
    },
    EVERY_MS,
  )
}

function hostsIn({
  names,
  levels,
  troubles,
  heard,
  kinds,
  labels,
  os,
  sources,
  systems,
  labelSets,
}: HostMap): FleetHost[] {
  const spoken = new Map<number, readonly string[]>()
  const sourcesOf = (bits: number) => {
    const known = spoken.get(bits) ?? sources.filter((_, bit) => ((bits >>> bit) & 1) === 1)
    spoken.set(bits, known)
    return known
  }
  return names.map((name, index) => ({
    name,
    state: stateAt(levels[index]),
    trouble: troubles[index],
    heard: heard[index],
    sources: sourcesOf(kinds[index]),
    labels: labelSets[labels[index]],
    os: systems[os[index]],
  }))
}

/** Counts the hosts in each state. */
export function countStates(hosts: readonly FleetHost[]): ReadonlyMap<HostState, number> {
  const counts = new Map<HostState, number>()
  for (const { state } of hosts) counts.set(state, (counts.get(state) ?? 0) + 1)
  return counts
}

const ranks = new Map(hostStates.map((state, rank) => [state, rank]))
const rankOf = ({ state }: FleetHost) => ranks.get(state) ?? hostStates.length

/** The worst first. */
export function byTrouble(hosts: readonly FleetHost[]): FleetHost[] {
  return hosts.toSorted(
    (a, b) => rankOf(a) - rankOf(b) || b.trouble - a.trouble || (a.name < b.name ? -1 : 1),
  )
}

/** Words as globs of names: one without a star may be anywhere in a name. */
export function globsIn(text: string): string[] {
  return text
    .split(/\s+/)
    .filter((word) => word.replace('!', '') !== '')
    .map((word) => (/[*?[{]/.test(word) ? word : word.replace(/^(!?)(.*)$/, '$1*$2*')))
}
