import type { FleetHost } from './hosts.js'

/** Hosts that are shown together. */
export interface HostGroup {
  /** Empty if the hosts are not grouped, or have nothing to be grouped by. */
  readonly name: string
  readonly hosts: readonly FleetHost[]
}

/** `source`: the kinds of sources; `os`: the operating system; `domain`: what is after the first dot of a name. */
export type Grouping = '' | 'source' | 'os' | 'domain' | `label.${string}`

const LABEL = 'label.'
/** Further groups are one. */
const MOST_GROUPS = 60

/** Everything by which these hosts can be grouped. */
export function groupingsOf(hosts: readonly FleetHost[]): Grouping[] {
  const labels = new Set(hosts.flatMap((host) => Object.keys(host.labels)))
  const hasDomains = hosts.some(({ name }) => domainOf(name) !== '')
  return [
    '',
    ...[...labels].sort().map((label): Grouping => `label.${label}`),
    'source',
    ...(hosts.some(({ os }) => os !== '') ? (['os'] as const) : []),
    ...(hasDomains ? (['domain'] as const) : []),
  ]
}

/** Hosts in groups, each in the order of the names: a host stays where it is, whatever happens to it. */
export function groupHosts(hosts: readonly FleetHost[], by: Grouping): HostGroup[] {
  const groups = new Map<string, FleetHost[]>()
  for (const host of inOrder(hosts)) {
    const key = keyOf(host, by)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [host])
    else group.push(host)
  }
  return few([...groups].map(([name, hosts]) => ({ name, hosts })))
}

function keyOf({ name, sources, labels, os }: FleetHost, by: Grouping): string {
  if (by === 'source') return sources.join(', ')
  if (by === 'os') return os
  if (by === 'domain') return domainOf(name)
  return labels[by.slice(LABEL.length)] ?? ''
}

function domainOf(name: string): string {
  // Addresses have dots too.
  return /^[\d.]+$/.test(name) ? '' : name.replace(/^[^.]*\.?/, '')
}

function few(groups: HostGroup[]): HostGroup[] {
  const bySize = groups.toSorted((a, b) => b.hosts.length - a.hosts.length)
  const kept = new Set(bySize.slice(0, MOST_GROUPS))
  const rest = groups.filter((group) => !kept.has(group) || group.name === '')
  const named = groups.filter((group) => kept.has(group) && group.name !== '')
  named.sort((a, b) => compare(a.name, b.name))
  const others = rest.flatMap(({ hosts }) => hosts)
  return others.length === 0 ? named : [...named, { name: '', hosts: others }]
}

const { compare } = new Intl.Collator('en', { numeric: true })
let places = new Map<string, number>()

/** Comparing names as people do takes long, and is done only when there are new ones. */
function inOrder(hosts: readonly FleetHost[]): FleetHost[] {
  if (!hosts.every(({ name }) => places.has(name))) {
    const names = hosts.map(({ name }) => name).sort(compare)
    places = new Map(names.map((name, place) => [name, place]))
  }
  return hosts.toSorted((a, b) => (places.get(a.name) ?? 0) - (places.get(b.name) ?? 0))
}
