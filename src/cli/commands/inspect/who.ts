import type { Command } from 'commander'
import type { SubscriberInfo } from '../../../methods/contract/index.js'
import { define, groups } from '../../help/define.js'
import { type ReportOptions, reportOptions } from '../../help/options.js'
import type { Io } from '../../io.js'
import { shortFilter } from '../../output/answers.js'
import { report } from '../../output/report.js'
import { formatCount, formatSpan } from '../../terminal/figures.js'
import { type Column, tableLines } from '../../terminal/table.js'

export function defineWho(program: Command, io: Io): void {
  const command = define(program, 'who', 'List subscribers with their filters, positions and lag', {
    group: groups.inspect,
    notes: [
      'The subscribers with the largest lag come first. SLOW shows for how long a subscriber has been served from the log because it does not keep up.',
    ],
    examples: [
      { command: 'tocsin who', does: 'which programs listen, and which are too slow' },
      {
        command: "tocsin who --format json | jq -r 'select(.lagEvents > 1000) | .label'",
        does: 'names of the subscribers that are more than 1000 events behind',
      },
    ],
  })
  reportOptions(command)
  command.action((options: ReportOptions) => showSubscribers(io, options))
}

async function showSubscribers(io: Io, options: ReportOptions): Promise<void> {
  const { ask } = await import('../../hub/connect.js')
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
