import { formatSpan } from '../types/figures.js'
import type { ClusterProblem, ClusterReport, HubStatus, HubView, NatsReport } from './contract/index.js'

/** Difference of clocks from which it is named: those of hubs and of servers of NATS are compared with each other, µs. */
const CLOCK_MICROS = 500_000

/** Returns the problems of a cluster, the worst first. `now`: µs since the epoch. */
export function clusterProblems(
  cluster: ClusterReport,
  hubs: readonly HubView[],
  now: number,
): ClusterProblem[] {
  const all = [
    ...primaryProblems(cluster),
    ...faults(cluster, hubs),
    ...missingHubs(cluster, hubs, now),
    ...natsProblems(cluster.nats),
    ...runsNowhere(cluster, hubs),
    ...hubs.flatMap((hub) => clockProblems(hub, cluster.nats.notes)),
    ...versionProblems(cluster),
  ]
  return all.sort((one, other) => rank(one) - rank(other))
}

function rank({ level }: ClusterProblem): number {
  return level === 'wrong' ? 0 : 1
}

const wrong = (text: string, next: string): ClusterProblem => ({ level: 'wrong', text, next })
const warning = (text: string, next: string): ClusterProblem => ({ level: 'warning', text, next })

function primaryProblems({ name, primary }: ClusterReport): ClusterProblem[] {
  if (primary !== undefined) return []
  const next = '`tocsin cluster status` shows the servers of NATS, of which more than half must run'
  return [wrong(`${name} knows of no primary: nothing can be stored`, next)]
}

/**
 * Returns the faults that keep a hub from storing events or from being elected; one that several find is reported
 * once.
 */
function faults({ name, fault }: ClusterReport, hubs: readonly HubView[]): ClusterProblem[] {
  const found = new Map<string, string[]>()
  const seen = hubs.map(({ hub, status }) => ({ hub, fault: status?.cluster?.fault }))
  for (const each of [{ hub: name, fault }, ...seen.filter(({ hub }) => hub !== name)])
    if (each.fault !== undefined) found.set(each.fault, [...(found.get(each.fault) ?? []), each.hub])
  return [...found].map(([text, names]) => {
    const code = /\((TCN_\w+)\)$/.exec(text)?.[1]
    const next = code === undefined ? '`tocsin cluster status`' : `\`tocsin errors ${code}\``
    return wrong(`${names.join(', ')}: ${text}`, next)
  })
}

function missingHubs(
  { silent = [] }: ClusterReport,
  hubs: readonly HubView[],
  now: number,
): ClusterProblem[] {
  const unheard = silent.map(({ name, since }) =>
    wrong(
      `${name} has not been heard of for ${formatSpan(now - since)}: it has ended, or does not reach NATS`,
      `start the hub ${name}; after a day it is forgotten, so nothing is to be done if it has gone for good`,
    ),
  )
  const failed = hubs.flatMap(({ hub, fault, code }) => {
    if (fault === undefined || silent.some(({ name }) => name === hub)) return []
    const isRefused = code?.startsWith('TCN_ACCESS_')
    return isRefused
      ? [warning(`${hub} does not say how it is: ${fault}`, 'give all hubs the same `principals`')]
      : [
          wrong(
            `${hub} does not say how it is: ${fault}`,
            `look at the hub ${hub} itself: \`tocsin errors ${code}\``,
          ),
        ]
  })
  return [...unheard, ...failed]
}

function natsProblems({ fault, followers, unled = [], notes }: NatsReport): ClusterProblem[] {
  const servers = followers.flatMap(({ name, state, lag, silent }) => {
    if (state === 'offline')
      return [
        wrong(
          `the NATS server ${name} is offline, last heard of ${formatSpan(silent)} ago`,
          `start nats-server on ${name}; until then no other server may be lost`,
        ),
      ]
    if (state === 'behind')
      return [
        warning(
          `the NATS server ${name} is ${lag} messages behind`,
          `if it stays so for more than 30s, restart nats-server on ${name}`,
        ),
      ]
    return []
  })
  const named = [...unled, ...followers.filter(({ state }) => state !== 'current').map(({ name }) => name)]
  return [
    ...(fault === undefined
      ? []
      : [
          wrong(
            `the servers of NATS do not answer: ${fault}`,
            'start the servers of NATS, or correct nats.servers',
          ),
        ]),
    ...(unled.length === 0
      ? []
      : [
          wrong(
            `none of the NATS servers ${unled.join(', ')} leads the stream of the log: nothing can be stored`,
            'let more than half of them run and reach each other',
          ),
        ]),
    ...servers,
    // A note about a server that is named above says the same.
    ...notes
      .filter((note) => !named.some((name) => note.includes(name)))
      .map((note) => warning(note, '`tocsin cluster status`')),
  ]
}

/** Names sources and rules that run once in the cluster, and that the primary, which is to run them, does not have. */
function runsNowhere({ primary }: ClusterReport, hubs: readonly HubView[]): ClusterProblem[] {
  const atPrimary = hubs.find(({ hub }) => hub === primary)?.status
  if (atPrimary === undefined) return []
  const known = new Set(runOnce(atPrimary).map(({ what }) => what))
  const waiting = new Map<string, string[]>()
  for (const { hub, status } of hubs)
    for (const { what, waits } of status === undefined ? [] : runOnce(status))
      if (waits && !known.has(what)) waiting.set(what, [...(waiting.get(what) ?? []), hub])
  return [...waiting].map(([what, names]) =>
    wrong(
      `${what} of ${names.join(', ')} runs nowhere: the primary ${primary} does not have it`,
      'give all hubs the same `sources`, `upstreams` and `rules`',
    ),
  )
}

function runOnce({ sources = [], rules = [] }: HubStatus): { what: string; waits: boolean }[] {
  return [
    ...sources.map(({ name, state }) => ({ what: name, waits: state === 'standby' })),
    ...rules.map(({ name, state }) => ({ what: `the rule ${name}`, waits: state === 'waits' })),
  ]
}

/** A note about the same clock says more: it compares it with that of NATS. */
function clockProblems({ hub, clock = 0 }: HubView, notes: readonly string[]): ClusterProblem[] {
  const isNoted = notes.some((note) => note.startsWith(`the clock of ${hub} is `))
  if (isNoted || Math.abs(clock) < CLOCK_MICROS) return []
  const way = clock > 0 ? 'ahead of' : 'behind'
  const text = `the clock of ${hub} is ${formatSpan(Math.abs(clock))} ${way} that of the hub that was asked`
  return [warning(text, 'let NTP set the clocks of all hubs and of the servers of NATS')]
}

function versionProblems({ nodes }: ClusterReport): ClusterProblem[] {
  const versions = [...new Set(nodes.map(({ version }) => version))]
  if (versions.length < 2) return []
  const list = versions.map(
    (version) =>
      `${version} on ${nodes
        .filter((node) => node.version === version)
        .map(({ name }) => name)
        .join(', ')}`,
  )
  return [
    warning(`the hubs have different versions: ${list.join('; ')}`, 'upgrade all hubs to the same version'),
  ]
}
