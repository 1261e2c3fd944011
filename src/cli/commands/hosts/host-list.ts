import type { HostInfo } from '../../../methods/contract/index.js'
import { formatCount, formatSpan } from '../../terminal/figures.js'
import { type Column, tableLines } from '../../terminal/table.js'
import { countsOf, ERRORS, WARNINGS } from './host-page.js'

const STATES = ['error', 'silent', 'warning', 'ok', 'left'] as const

/** The table of hosts, and one line about all that match. */
export function listOf(
  hosts: readonly HostInfo[],
  states: Readonly<Record<string, number>>,
  now: number,
  width?: number,
): string[] {
  if (hosts.length === 0) return ['no host is known that matches']
  return [...tableLines(columnsAt(now, hosts), hosts, width), '', summaryOf(states)]
}

function columnsAt(now: number, hosts: readonly HostInfo[]): readonly Column<HostInfo>[] {
  const hasLabels = hosts.some(({ labels }) => Object.keys(labels).length > 0)
  return [
    { title: 'STATE', text: ({ state }) => state },
    { title: 'HOST', text: ({ name }) => name, flexible: true },
    { title: 'LAST', text: ({ last }) => `${formatSpan(Math.max(0, now - last))} ago`, right: true },
    { title: 'ERRORS', text: ({ hour }) => formatCount(countsOf(hour, ERRORS)), right: true },
    { title: 'WARNINGS', text: ({ hour }) => formatCount(countsOf(hour, WARNINGS)), right: true },
    { title: 'EVENTS', text: ({ hour }) => formatCount(countsOf(hour)), right: true },
    { title: 'SOURCES', text: ({ sources }) => sources.join(', '), flexible: true },
    ...(hasLabels ? [{ title: 'LABELS', text: labelsOf, flexible: true }] : []),
  ]
}

function labelsOf({ labels }: HostInfo): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

function summaryOf(states: Readonly<Record<string, number>>): string {
  const all = STATES.reduce((sum, state) => sum + (states[state] ?? 0), 0)
  const parts = STATES.filter((state) => (states[state] ?? 0) > 0)
  const counts = parts.map((state) => `${formatCount(states[state])} ${state}`)
  return `${formatCount(all)} ${all === 1 ? 'host' : 'hosts'} in the last hour: ${counts.join(', ')}`
}
