import type { Command } from 'commander'
import type { SubscriberInfo } from '../../bus/method-types.js'
import { define } from '../define.js'
import { formatCount, formatSpan } from '../figures.js'
import { shortFilter } from '../filter-text.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import { type ReportOptions, reportOptions } from '../options.js'
import { report } from '../report.js'
import { type Column, tableLines } from '../table.js'

export function defineWho(program: Command, io: Io): void {
  const command = define(program, 'who', 'every subscriber: filter, position, lag', {
    group: groups.look,
    notes: [
      'Those furthest behind come first. SLOW says since when one is served from the log because it does not keep up.',
    ],
    examples: [
      { command: 'tocsin who', does: 'who listens, and who is slow' },
      {
        command: "tocsin who --format json | jq -r 'select(.lagEvents > 1000) | .label'",
        does: 'names of those that are behind',
      },
    ],
  })
  reportOptions(command)
  command.action((options: ReportOptions) => showSubscribers(io, options))
}

async function showSubscribers(io: Io, options: ReportOptions): Promise<void> {
  const { ask } = await import('../hub.js')
  const { subscribers } = await ask(io, options, 'subscribers.list', {})
  const rows = subscribers.toSorted((a, b) => b.lagEvents - a.lagEvents)
  const now = Date.now() * 1000
  await report(io, options.format, rows, () =>
    rows.length === 0 ? ['nobody is subscribed'] : tableLines(subscriberColumns(now), rows, io.out.columns),
  )
}

export function subscriberColumns(now: number): readonly Column<SubscriberInfo>[] {
  return [
    {
      title: 'WHO',
      text: (row) => (row.consumer ? `${row.label} (${row.consumer})` : row.label),
      flexible: true,
    },
    { title: 'PRINCIPAL', text: (row) => row.principal },
    { title: 'FILTER', text: (row) => shortFilter(row.filter), flexible: true },
    { title: 'POSITION', text: (row) => row.cursor, flexible: true },
    { title: 'LAG', text: (row) => formatCount(row.lagEvents), right: true },
    { title: 'BEHIND', text: (row) => (row.lagEvents === 0 ? '' : formatSpan(row.lagMicros)), right: true },
    { title: 'POLICY', text: (row) => row.lag },
    {
      title: 'SLOW',
      text: (row) => (row.slowSince === undefined ? '' : formatSpan(now - row.slowSince)),
      right: true,
    },
    { title: 'DELIVERED', text: (row) => formatCount(row.delivered), right: true },
  ]
}
