import { formatBytes, formatCount, formatSpan, plural } from '../../types/figures.js'
import type {
  Headline,
  HeadlinePart,
  PartFaultInfo,
  RuleInfo,
  SinkState,
  SourceInfo,
} from '../contract/index.js'
import type { HeadlineFacts } from './facts.js'

/** Free bytes of the data folder below which the hub may soon store nothing. */
export const LITTLE_ROOM = 2 ** 30
/** Time for which something that happened once is named, µs. */
const RECENT = 3600e6
const MAX_NOTES = 3

type About = HeadlinePart['about']
type PartLevel = HeadlinePart['level']

const LEVELS: readonly PartLevel[] = ['wrong', 'warning', 'ok']

/** Makes one sentence of all that is wrong in a hub, and of what works. */
export function headlineOf(facts: HeadlineFacts): Headline {
  const found = [
    ...logParts(facts),
    ...clusterParts(facts),
    ...sourceParts(facts),
    ...edgeParts(facts),
    ...sinkParts(facts),
    ...faultParts(facts),
    ...alertParts(facts),
    ...hostParts(facts),
    ...consumerParts(facts),
  ].sort((one, other) => LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level))
  const isCalm = found.every(({ level }) => level === 'ok')
  const parts = isCalm ? [part('hub', 'ok', 'all is well'), ...found] : found
  return { now: facts.now, level: parts[0].level, text: parts.map(({ text }) => text).join(' · '), parts }
}

function part(about: About, level: PartLevel, text: string, more?: Pick<HeadlinePart, 'name' | 'since'>) {
  return { about, level, text, ...more }
}

function logParts({ logFault, isSuspended, disk, damage }: HeadlineFacts): HeadlinePart[] {
  return [
    ...(logFault === undefined ? [] : [part('log', 'wrong', `the log has failed: ${logFault}`)]),
    ...(isSuspended && logFault === undefined ? [part('log', 'wrong', 'no event is accepted')] : []),
    ...(disk !== undefined && disk.free < LITTLE_ROOM
      ? [part('disk', 'wrong', `${formatBytes(disk.free)} of disk left`)]
      : []),
    ...(damage.length > 0 ? [part('log', 'wrong', 'damage in the data folder')] : []),
  ]
}

function clusterParts({ now, cluster }: HeadlineFacts): HeadlinePart[] {
  if (cluster === undefined) return []
  const { role, fault, silent = [], notes = [] } = cluster
  return [
    ...(fault === undefined ? [] : [part('cluster', 'wrong', fault)]),
    ...(role === 'waiting' && fault === undefined ? [part('cluster', 'wrong', 'no primary hub')] : []),
    ...silent.map(({ name, since }) =>
      part('cluster', 'wrong', `hub ${name} not heard of for ${formatSpan(now - since)}`, { name, since }),
    ),
    ...notes.slice(0, MAX_NOTES).map((note) => part('cluster', 'warning', note)),
  ]
}

interface StateRow {
  readonly name: string
  readonly since: number
}

/** One is named, several are counted. */
function stateText(what: string, rows: readonly StateRow[], state: string, now: number) {
  const since = Math.min(...rows.map((row) => row.since))
  const span = formatSpan(now - since)
  if (rows.length > 1)
    return { text: `${formatCount(rows.length)} ${what}s ${state} for up to ${span}`, since }
  const [{ name }] = rows
  return { text: `${what} ${name} ${state} for ${span}`, since, name }
}

/** A part for each state in which some of the rows are. */
function ofStates<Row extends StateRow & { readonly state: string }>(
  [about, what]: readonly [About, string],
  rows: readonly Row[],
  levels: readonly (readonly [Row['state'], PartLevel])[],
  now: number,
): HeadlinePart[] {
  return levels.flatMap(([state, level]) => {
    const ill = rows.filter((row) => row.state === state)
    if (ill.length === 0) return []
    const { text, ...more } = stateText(what, ill, state, now)
    return [part(about, level, text, more)]
  })
}

function upPart(about: About, what: string, rows: readonly { readonly state: string }[]): HeadlinePart[] {
  const up = rows.filter(({ state }) => state === 'up').length
  if (up === 0) return []
  const text = up > 1 && up === rows.length ? `all ${formatCount(up)} ${what}s up` : `${plural(up, what)} up`
  return [part(about, 'ok', text)]
}

const sourceLevels: readonly [SourceInfo['state'], PartLevel][] = [
  ['down', 'wrong'],
  ['degraded', 'warning'],
  ['silent', 'warning'],
]

function sourceParts({ now, sources }: HeadlineFacts): HeadlinePart[] {
  return [
    ...ofStates(['sources', 'source'], sources, sourceLevels, now),
    ...upPart('sources', 'source', sources),
  ]
}

function edgeParts({ now, edges }: HeadlineFacts): HeadlinePart[] {
  return [
    ...ofStates(['edges', 'edge hub'], edges, [['down', 'warning']], now),
    ...upPart('edges', 'edge hub', edges),
  ]
}

const sinkLevels: readonly [SinkState['state'], PartLevel][] = [
  ['down', 'wrong'],
  ['retrying', 'wrong'],
  ['paused', 'warning'],
  ['stopped', 'warning'],
]

function sinkParts({ now, sinks }: HeadlineFacts): HeadlinePart[] {
  return [...ofStates(['sinks', 'sink'], sinks, sinkLevels, now), ...upPart('sinks', 'sink', sinks)]
}

function faultParts({ now, faults, rules }: HeadlineFacts): HeadlinePart[] {
  const isRecent = (time: number | undefined) => time !== undefined && now - time < RECENT
  const parts = faults.filter(({ last }) => isRecent(last)).map(partFault)
  const faulty = rules.filter(({ lastFault }) => isRecent(lastFault)).map(ruleFault)
  const [first] = rules
  return [
    ...(first?.state === 'down' ? [part('rules', 'wrong', 'the rules do not run')] : []),
    ...failedPart('hub', 'part', parts, now),
    ...failedPart('rules', 'rule', faulty, now),
  ]
}

const partFault = ({ kind, part: name, last }: PartFaultInfo) => ({ name: `${kind} ${name}`, last })
const ruleFault = ({ name, lastFault = 0 }: RuleInfo) => ({ name: `rule ${name}`, last: lastFault })

function failedPart(
  about: About,
  what: string,
  failed: readonly { readonly name: string; readonly last: number }[],
  now: number,
): HeadlinePart[] {
  if (failed.length === 0) return []
  const last = formatSpan(now - Math.max(...failed.map((each) => each.last)))
  const text =
    failed.length === 1
      ? `${failed[0].name} failed ${last} ago`
      : `${formatCount(failed.length)} ${what}s failed, the last ${last} ago`
  return [part(about, 'warning', text)]
}

function alertParts({ now, alerts: { count, isGrave, since } }: HeadlineFacts): HeadlinePart[] {
  if (count === 0 || since === undefined) return []
  const span = formatSpan(now - since)
  const text = count === 1 ? `1 alert for ${span}` : `${formatCount(count)} alerts, the first for ${span}`
  return [part('alerts', isGrave ? 'wrong' : 'warning', text, { since })]
}

function hostParts({ hosts: { known, failing, silent } }: HeadlineFacts): HeadlinePart[] {
  const isWell = known > 1 && failing + silent === 0
  return [
    ...(failing > 0 ? [part('hosts', 'warning', `${plural(failing, 'host')} with errors in 10m`)] : []),
    ...(silent > 0 ? [part('silentHosts', 'warning', `${plural(silent, 'host')} silent`)] : []),
    ...(isWell ? [part('hosts', 'ok', `${formatCount(known)} hosts without errors in 10m`)] : []),
  ]
}

function consumerParts({ now, late: { count, first }, parked }: HeadlineFacts): HeadlinePart[] {
  const parts: HeadlinePart[] = []
  if (first !== undefined) {
    const { name, since } = first
    const others = count > 1 ? ` and ${plural(count - 1, 'other')} up to` : ''
    const text = `${name}${others} ${formatSpan(now - since)} behind`
    parts.push(part('consumers', 'warning', text, { since, ...(count === 1 && { name }) }))
  }
  if (parked > 0) parts.push(part('parked', 'warning', `${formatCount(parked)} parked`))
  return parts
}
