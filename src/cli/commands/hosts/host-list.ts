import type { HostInfo } from '../../../methods/contract/index.js'
import { formatCount, formatSpan } from '../../terminal/figures.js'
import { type Column, tableLines } from '../../terminal/table.js'
import { countsOf, ERRORS, WARNINGS } from './host-page.js'

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
  const counts = Object.entries(states).filter(([, count]) => count > 0)
  const all = counts.reduce((sum, [, count]) => sum + count, 0)
  const texts = counts.map(([state, count]) => `${formatCount(count)} ${state}`)
  return `${formatCount(all)} ${all === 1 ? 'host' : 'hosts'} in the last hour: ${texts.join(', ')}`
}
