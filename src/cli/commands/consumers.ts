import type { Command } from 'commander'
import type { ConsumerDetail, ConsumerInfo } from '../../bus/method-types.js'
import { formatTime } from '../../event/range.js'
import { define } from '../define.js'
import { formatCount, formatSpan, plural } from '../figures.js'
import { shortFilter } from '../filter-text.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import {
  type RangeOptions,
  type ReportOptions,
  rangeOptions,
  reportOptions,
  type WhereOptions,
  whereOption,
} from '../options.js'
import { report } from '../report.js'
import { type Column, factLines, tableLines } from '../table.js'

export function defineConsumers(program: Command, io: Io): void {
  const consumers = define(program, 'consumers', 'durable consumers: positions that the hub keeps', {
    group: groups.consumers,
    notes: [
      'Connections of one name share its events. What is not acknowledged comes again, and is parked after 10 tries.',
    ],
    examples: [
      { command: 'tocsin consumers list', does: 'who is behind, and what waits' },
      { command: 'tocsin consumers create billing salt/job/ --from -1d', does: 'a new one' },
    ],
  })
  defineList(consumers, io)
  defineShow(consumers, io)
  defineCreate(consumers, io)
  defineSeek(consumers, io)
  defineRemove(consumers, io)
}

function defineList(consumers: Command, io: Io): void {
  const command = define(consumers, 'list', 'all of them', {
    isDefault: true,
    examples: [{ command: 'tocsin consumers list', does: 'who is behind, and what waits' }],
  })
  reportOptions(command).action(async (options: ReportOptions) => {
    const { ask } = await import('../hub.js')
    const { consumers } = await ask(io, options, 'consumers.list', {})
    await report(io, options.format, consumers, () =>
      consumers.length === 0
        ? ['there are no durable consumers']
        : tableLines(columns, consumers, io.out.columns),
    )
  })
}

function defineShow(consumers: Command, io: Io): void {
  const command = define(consumers, 'show <name>', 'one of them, with what is not acknowledged', {
    examples: [{ command: 'tocsin consumers show billing', does: 'position, lag, and events on the way' }],
  })
  reportOptions(command).action(async (name: string, options: ReportOptions) => {
    const { ask } = await import('../hub.js')
    const consumer = await ask(io, options, 'consumers.get', { name })
    await report(io, options.format, [consumer], () => consumerLines(consumer, io.out.columns))
  })
}

function defineCreate(consumers: Command, io: Io): void {
  const command = define(consumers, 'create <name> [filter...]', 'a new one', {
    changes: true,
    examples: [
      { command: 'tocsin consumers create billing salt/job/', does: 'it begins with the next event' },
      {
        command: "tocsin consumers create failures salt/job/ --where 'data.retcode <> 0'",
        does: 'only what failed',
      },
      { command: 'tocsin consumers create audit --from start', does: 'it begins with the oldest event' },
    ],
  })
  whereOption(command)
  rangeOptions(command, 'where it begins; see tocsin help range (default: now)', undefined)
  reportOptions(command).action(
    async (name: string, filters: string[], options: ReportOptions & RangeOptions & WhereOptions) => {
      const [{ ask }, { filterOf }] = await Promise.all([
        import('../hub.js'),
        import('../filter-argument.js'),
      ])
      const filter = await filterOf(filters, options.where)
      const consumer = await ask(io, options, 'consumers.create', {
        name,
        ...(filter === undefined ? {} : { filters: filter }),
        ...(options.from === undefined ? {} : { from: options.from }),
      })
      await report(io, options.format, [consumer], () => factLines(consumerFacts(consumer), io.out.columns))
    },
  )
}

function defineSeek(consumers: Command, io: Io): void {
  const command = define(consumers, 'seek <name> <position>', 'move one to another position', {
    changes: ({ dryRun }) => dryRun !== true,
    notes: ['Events that it gets again are counted first: look with --dry-run.'],
    examples: [
      { command: 'tocsin consumers seek billing -1h --dry-run', does: 'how many events that would be' },
      { command: 'tocsin consumers seek billing @4711', does: 'from the event with this number on' },
    ],
  })
  command.option('--dry-run', 'only say what would be delivered')
  // -1h is a position, not an option.
  command.allowUnknownOption()
  reportOptions(command).action(
    async (name: string, to: string, options: ReportOptions & { dryRun?: boolean }) => {
      const [{ ask }, { parsePosition }] = await Promise.all([
        import('../hub.js'),
        import('../../event/range.js'),
      ])
      parsePosition(to)
      const result = await ask(io, options, 'consumers.seek', { name, to, dryRun: options.dryRun === true })
      const count = `${result.exact ? '' : 'at least '}${plural(result.events, 'event')}`
      await report(io, options.format, [result], () => [
        result.dryRun
          ? `${name} would go from ${result.from} to ${result.to}: ${count} to deliver; nothing was changed`
          : `${name} went from ${result.from} to ${result.to}: ${count} to deliver`,
      ])
    },
  )
}

function defineRemove(consumers: Command, io: Io): void {
  const command = define(consumers, 'remove <name>', 'remove one, with its position and its parked events', {
    changes: true,
    examples: [{ command: 'tocsin consumers remove billing', does: 'its position is forgotten' }],
  })
  reportOptions(command).action(async (name: string, options: ReportOptions) => {
    const { ask } = await import('../hub.js')
    const result = await ask(io, options, 'consumers.delete', { name })
    const parked = result.parked > 0 ? `, and ${formatCount(result.parked)} parked events with it` : ''
    await report(io, options.format, [result], () => [`${result.name} is removed${parked}`])
  })
}

const columns: readonly Column<ConsumerInfo>[] = [
  { title: 'NAME', text: (row) => row.name, flexible: true },
  { title: 'FILTER', text: (row) => shortFilter(row.filter), flexible: true },
  { title: 'POSITION', text: (row) => row.cursor, flexible: true },
  { title: 'LAG', text: (row) => formatCount(row.lagEvents), right: true },
  { title: 'BEHIND', text: (row) => (row.lagEvents === 0 ? '' : formatSpan(row.lagMicros)), right: true },
  { title: 'PENDING', text: (row) => formatCount(row.pending), right: true },
  { title: 'PARKED', text: (row) => formatCount(row.parked), right: true },
  { title: 'CONNECTIONS', text: (row) => formatCount(row.connections), right: true },
]

function consumerFacts(consumer: ConsumerInfo): [string, string][] {
  return [
    ['name', consumer.name],
    ['filter', shortFilter(consumer.filter)],
    ['created', formatTime(consumer.created)],
    ['position', consumer.cursor],
    [
      'lag',
      `${plural(consumer.lagEvents, 'event')}${consumer.lagEvents > 0 ? `, ${formatSpan(consumer.lagMicros)}` : ''}`,
    ],
    ['pending', formatCount(consumer.pending)],
    ['parked', formatCount(consumer.parked)],
    ['connections', formatCount(consumer.connections)],
  ]
}

function consumerLines(consumer: ConsumerDetail, width: number | undefined): string[] {
  const facts = factLines(consumerFacts(consumer), width)
  if (consumer.unacknowledged.length === 0) return facts
  const pending: Column<ConsumerDetail['unacknowledged'][number]>[] = [
    { title: 'NOT ACKNOWLEDGED', text: (row) => row.cursor },
    { title: 'TRIES', text: (row) => String(row.tries), right: true },
    { title: 'NEXT TRY', text: (row) => (row.due === undefined ? '' : formatTime(row.due)) },
  ]
  return [...facts, '', ...tableLines(pending, consumer.unacknowledged, width)]
}
