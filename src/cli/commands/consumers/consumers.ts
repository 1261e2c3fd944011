import type { Command } from 'commander'
import { formatTime } from '../../../event/position.js'
import type { ConsumerDetail, ConsumerInfo, SeekReport } from '../../../methods/contract/index.js'
import { define, groups } from '../../help/define.js'
import {
  conditionOptions,
  type RangeOptions,
  type ReportOptions,
  rangeOptions,
  reportOptions,
  type WhereOptions,
  type YesOptions,
  yesOption,
} from '../../help/options.js'
import { readPosition, sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { filterText } from '../../output/filter-text.js'
import { report } from '../../output/report.js'
import { formatCount, formatSpan, plural } from '../../terminal/figures.js'
import { confirm } from '../../terminal/prompts.js'
import { type Column, factLines, tableLines } from '../../terminal/table.js'

export function defineConsumers(program: Command, io: Io): void {
  const consumers = define(program, 'consumers', 'Manage durable consumers, whose positions the hub keeps', {
    group: groups.consumers,
    notes: [
      'Connections that use the same consumer share its events. Events that are not acknowledged are redelivered, and parked after 10 tries.',
    ],
    examples: [
      { command: 'tocsin consumers list', does: 'which consumers are behind' },
      {
        command: 'tocsin consumers add billing salt/job/ --from -1d',
        does: 'a consumer that starts with the events of the last day',
      },
    ],
  })
  defineList(consumers, io)
  defineShow(consumers, io)
  defineAdd(consumers, io)
  defineSeek(consumers, io)
  defineRemove(consumers, io)
}

function defineList(consumers: Command, io: Io): void {
  const command = define(consumers, 'list', 'List durable consumers', {
    isDefault: true,
    examples: [
      {
        command: "tocsin consumers list --format json | jq -r 'select(.parked > 0) | .name'",
        does: 'consumers with parked events',
      },
    ],
  })
  reportOptions(command).action(async (options: ReportOptions) => {
    const { ask } = await import('../../hub/connect.js')
    const { consumers } = await ask(io, options, 'consumers.list', {})
    await report(io, options.format, consumers, () =>
      consumers.length === 0
        ? ['there are no durable consumers']
        : tableLines(columnsOf(consumers), consumers, io.out.columns),
    )
  })
}

function defineShow(consumers: Command, io: Io): void {
  const command = define(consumers, 'show <name>', 'Show a durable consumer and its unacknowledged events', {
    examples: [
      {
        command: 'tocsin consumers show billing',
        does: 'its position, its lag, and events that are being processed',
      },
    ],
  })
  reportOptions(command).action(async (name: string, options: ReportOptions) => {
    const { ask } = await import('../../hub/connect.js')
    const consumer = await ask(io, options, 'consumers.get', { name })
    await report(io, options.format, [consumer], () => consumerLines(consumer, io.out.columns))
  })
}

function defineAdd(consumers: Command, io: Io): void {
  const command = define(consumers, 'add <name> [filter...]', 'Create a durable consumer', {
    changes: true,
    formerly: 'create',
    examples: [
      { command: 'tocsin consumers add billing salt/job/', does: 'it starts with the next event' },
      {
        command: "tocsin consumers add failures salt/job/ --where 'data.retcode <> 0'",
        does: 'only failed jobs',
      },
      { command: 'tocsin consumers add audit --from start', does: 'it starts with the oldest event' },
    ],
  })
  conditionOptions(command)
  rangeOptions(command, { usual: 'now' })
  reportOptions(command).action(
    async (name: string, filters: string[], options: ReportOptions & RangeOptions & WhereOptions) => {
      const [{ ask }, { filterOf }] = await Promise.all([
        import('../../hub/connect.js'),
        import('../../hub/filter-argument.js'),
      ])
      const filter = await filterOf(filters, options)
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
  const command = define(consumers, 'seek <name> <position>', 'Move a durable consumer to another position', {
    changes: ({ dryRun }) => dryRun !== true,
    notes: [
      'The position is one of those that tocsin help positions lists. Use --dry-run first to see how many events would be delivered again.',
    ],
    examples: [
      { command: 'tocsin consumers seek billing -1h --dry-run', does: 'how many events that would be' },
      { command: 'tocsin consumers seek billing @4711', does: 'continue with the event with this number' },
    ],
  })
  yesOption(command.addOption(sharedOption('--dry-run')))
  // -1h is a position, not an option.
  command.allowUnknownOption()
  reportOptions(command).action(
    async (name: string, position: string, options: ReportOptions & YesOptions & { dryRun?: boolean }) => {
      const { ask } = await import('../../hub/connect.js')
      const to = readPosition(position)
      if (!options.dryRun) {
        await confirm(io, options, async () =>
          seekText(await ask(io, options, 'consumers.seek', { name, to, dryRun: true })),
        )
      }
      const result = await ask(io, options, 'consumers.seek', { name, to, dryRun: options.dryRun === true })
      await report(io, options.format, [result], () => [
        result.dryRun ? `${seekText(result)}; nothing was changed` : seekText(result),
      ])
    },
  )
}

function defineRemove(consumers: Command, io: Io): void {
  const command = define(
    consumers,
    'remove <name>',
    'Remove a durable consumer, its position and its parked events',
    {
      changes: true,
      examples: [
        { command: 'tocsin consumers remove billing', does: 'a new consumer of this name starts afresh' },
      ],
    },
  )
  reportOptions(yesOption(command)).action(async (name: string, options: ReportOptions & YesOptions) => {
    const { ask } = await import('../../hub/connect.js')
    await confirm(io, options, async () => {
      // One whose record is damaged can only be removed.
      const consumer = await ask(io, options, 'consumers.get', { name }).catch(() => undefined)
      return consumer === undefined ? `this removes the consumer ${name}` : removalText(consumer)
    })
    const result = await ask(io, options, 'consumers.delete', { name })
    const parked = result.parked > 0 ? `, and ${formatCount(result.parked)} parked events with it` : ''
    await report(io, options.format, [result], () => [`${result.name} is removed${parked}`])
  })
}

function seekText({ name, from, to, events, skipped = 0, exact, dryRun }: SeekReport): string {
  const count = (number: number) => `${exact ? '' : 'at least '}${plural(number, 'event')}`
  const rest = skipped === 0 ? '' : `, ${count(skipped)} left out that it has not settled`
  return `${name} ${dryRun ? 'would go' : 'went'} from ${from} to ${to}: ${count(events)} to deliver${rest}`
}

function removalText({ name, cursor, lagEvents, parked }: ConsumerInfo): string {
  return `this removes the consumer ${name}, its position ${cursor} with ${plural(lagEvents, 'event')} to come, and ${plural(parked, 'parked event')}`
}

const columns: readonly Column<ConsumerInfo>[] = [
  { title: 'NAME', text: (row) => row.name, flexible: true },
  { title: 'FILTER', text: (row) => filterText(row.filter), flexible: true },
  { title: 'POSITION', text: (row) => row.cursor, flexible: true },
  { title: 'LAG', text: (row) => formatCount(row.lagEvents), right: true },
  { title: 'BEHIND', text: (row) => (row.lagEvents === 0 ? '' : formatSpan(row.lagMicros)), right: true },
  { title: 'PENDING', text: (row) => formatCount(row.pending), right: true },
  { title: 'PARKED', text: (row) => formatCount(row.parked), right: true },
  { title: 'CONNECTIONS', text: (row) => formatCount(row.connections), right: true },
]

/** Names the hub of each consumer if several hubs share them. */
function columnsOf(consumers: readonly ConsumerInfo[]): readonly Column<ConsumerInfo>[] {
  const isShared = consumers.some(({ hub }) => hub !== undefined)
  return isShared ? [...columns, { title: 'HUB', text: ({ hub = '' }) => hub }] : columns
}

function consumerFacts(consumer: ConsumerInfo): [string, string][] {
  return [
    ['name', consumer.name],
    ['filter', filterText(consumer.filter)],
    ['created', formatTime(consumer.created)],
    ['position', consumer.cursor],
    [
      'lag',
      `${plural(consumer.lagEvents, 'event')}${consumer.lagEvents > 0 ? `, ${formatSpan(consumer.lagMicros)}` : ''}`,
    ],
    ['pending', formatCount(consumer.pending)],
    ['parked', formatCount(consumer.parked)],
    ['connections', formatCount(consumer.connections)],
    ...(consumer.hub === undefined ? [] : ([['served by', consumer.hub]] as [string, string][])),
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
