import { type SeverityName, severityNames } from '../../../event/severity.js'
import type { HostEvent, HostInfo, ResultOf } from '../../../methods/contract/index.js'
import { shortTime } from '../../output/times.js'
import { formatCount, formatSpan } from '../../terminal/figures.js'
import { type Column, tableLines } from '../../terminal/table.js'
import { escapeText } from '../../terminal/text.js'

type HostCounts = HostInfo['hour']
type HostDetails = ResultOf<'hosts.show'>

export const ERRORS = ['emerg', 'alert', 'crit', 'err'] as const satisfies readonly SeverityName[]
export const WARNINGS = ['warning'] as const satisfies readonly SeverityName[]

/** The sum of the counts of these severities; default: of all events. */
export function countsOf(
  counts: HostCounts,
  of: readonly (keyof HostCounts)[] = [...severityNames, 'unsaid'],
): number {
  return of.reduce((sum, name) => sum + (counts[name] ?? 0), 0)
}

/** The page about a host. */
export function pageOf({ host, aliases, facts, events }: HostDetails, now: number, width?: number): string[] {
  const ago = (time: number) => `${shortTime(time)} (${formatSpan(Math.max(0, now - time))} ago)`
  const labels = Object.entries(host.labels).map(([name, value]) => `${name}=${value}`)
  const rows: [string, string][] = [
    ['host', host.name],
    ['state', judgedState(host)],
    ['last heard', ago(host.last)],
    ['first heard', ago(host.first)],
    ['sources', host.sources.join(', ')],
    ...(aliases.length > 0 ? [['also called', aliases.join(', ')] as [string, string]] : []),
    ...(labels.length > 0 ? [['labels', labels.join(' ')] as [string, string]] : []),
    ['last hour', spelled(host.hour)],
    ['last day', spelled(host.day)],
    ['in all', `${formatCount(host.events)} events`],
  ]
  const widest = Math.max(...rows.map(([name]) => name.length))
  return [
    ...rows.map(([name, value]) => `${name.padEnd(widest)}  ${escapeText(value)}`),
    ...factLines(facts),
    ...(events.length > 0 ? ['', ...tableLines(eventColumns, events, width)] : []),
    '',
    `tocsin read --host ${quoted(host.name)} --severity warning --from -1h`,
  ]
}

function judgedState({ state, silentAfter }: HostInfo): string {
  if (silentAfter === undefined) return `${state}; not heard long enough to be missed`
  return `${state}; silent after ${formatSpan(silentAfter)}`
}

function spelled(counts: HostCounts): string {
  const parts = [...severityNames, 'unsaid' as const].filter((name) => (counts[name] ?? 0) > 0)
  const named = parts.map((name) => `${formatCount(counts[name] ?? 0)} ${name === 'unsaid' ? 'other' : name}`)
  return named.length === 0 ? 'no events' : named.join(', ')
}

function factLines(facts: HostDetails['facts']): string[] {
  const shown = Object.entries(facts ?? {}).filter(([, value]) => typeof value !== 'object')
  if (shown.length === 0) return []
  const widest = Math.max(...shown.map(([name]) => name.length))
  return ['', ...shown.map(([name, value]) => `${name.padEnd(widest)}  ${escapeText(String(value))}`)]
}

function quoted(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`
}

const eventColumns: readonly Column<HostEvent>[] = [
  { title: 'TIME', text: ({ time }) => shortTime(time) },
  { title: 'SEVERITY', text: ({ severity }) => severity ?? '' },
  { title: 'TAG', text: ({ tag }) => tag, flexible: true },
  { title: 'EVENT', text: ({ summary }) => summary, flexible: true },
]
