import type { Command } from 'commander'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { formatTime } from '../../../event/position.js'
import type { ParkedChoice, ParkedInfo } from '../../../methods/contract/index.js'
import { define, groups } from '../../help/define.js'
import {
  type FormatOptions,
  formatOptions,
  type HubOptions,
  hubOptions,
  type ReportOptions,
  reportOptions,
  type YesOptions,
  yesOption,
} from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { plural } from '../../terminal/figures.js'
import { confirm } from '../../terminal/prompts.js'
import { type Column, tableLines } from '../../terminal/table.js'

export function defineParked(program: Command, io: Io): void {
  const parked = define(program, 'parked', 'Manage events that a consumer could not process', {
    group: groups.consumers,
    notes: ['An event is parked after 10 tries or when a consumer rejects it, together with the reason.'],
    examples: [
      { command: 'tocsin parked list', does: 'which events are parked, and why' },
      {
        command: 'tocsin parked redeliver --consumer billing',
        does: 'try all parked events of a consumer again',
      },
    ],
  })
  defineList(parked, io)
  defineShow(parked, io)
  defineChoice(
    parked,
    io,
    'redeliver',
    'parked.redeliver',
    'Deliver parked events to their consumer again',
    'delivered again',
  )
  defineChoice(parked, io, 'remove', 'parked.delete', 'Remove parked events', 'removed')
}

type ListOptions = ReportOptions & { consumer?: string; limit?: number }

function defineList(parked: Command, io: Io): void {
  const command = define(parked, 'list', 'List parked events and the reasons', {
    isDefault: true,
    examples: [
      { command: 'tocsin parked list --consumer billing', does: 'only the events of this consumer' },
    ],
  })
  command
    .addOption(sharedOption('--consumer', { note: 'show only its events' }))
    .addOption(sharedOption('--limit'))
  reportOptions(command).action(async (options: ListOptions) => {
    const { ask } = await import('../../hub/connect.js')
    const { parked, more } = await ask(io, options, 'parked.list', {
      ...(options.consumer === undefined ? {} : { consumer: options.consumer }),
      ...(options.limit === undefined ? {} : { limit: options.limit }),
    })
    await report(io, options.format, parked, () =>
      parked.length === 0 ? ['nothing is parked'] : tableLines(columns, parked, io.out.columns),
    )
    if (more) io.note('there are more; see --limit')
  })
}

function defineShow(parked: Command, io: Io): void {
  const command = define(parked, 'show <id>', 'Show a parked event with its data', {
    examples: [
      {
        command: 'tocsin parked show tjl5lqq4qrko5-4711.billing --format json',
        does: 'the event as a CloudEvent',
      },
    ],
  })
  hubOptions(formatOptions(command, 'yaml')).action(
    async (id: string, options: HubOptions & FormatOptions) => {
      const { printFrame } = await import('./print-frame.js')
      await printFrame(io, options, async (call) => (await call('parked.get', { id })).frame)
    },
  )
}

function defineChoice(
  parked: Command,
  io: Io,
  name: string,
  method: 'parked.redeliver' | 'parked.delete',
  summary: string,
  done: string,
): void {
  const command = define(parked, `${name} [id...]`, summary, {
    changes: true,
    examples: [
      {
        command: `tocsin parked ${name} tjl5lqq4qrko5-4711.billing`,
        does: 'one event, by the ID that tocsin parked list shows',
      },
      { command: `tocsin parked ${name} --consumer billing`, does: 'all parked events of a consumer' },
    ],
  })
  command.addOption(sharedOption('--consumer', { note: 'take all its parked events' }))
  const isRemoval = method === 'parked.delete'
  if (isRemoval) yesOption(command)
  reportOptions(command).action(async (ids: string[], options: ListOptions & YesOptions) => {
    const { ask } = await import('../../hub/connect.js')
    const chosen = choice(ids, options.consumer)
    if (isRemoval) await confirm(io, options, () => removalText(io, options, ids))
    const result = await ask(io, options, method, chosen)
    await report(io, options.format, [result], () => [`${plural(result.count, 'event')} ${done}`])
  })
}

async function removalText(io: Io, options: ListOptions, ids: string[]): Promise<string> {
  const { ask } = await import('../../hub/connect.js')
  const { consumer: name } = options
  if (name === undefined) return `this removes ${plural(ids.length, 'parked event')} for good`
  const { parked } = await ask(io, options, 'consumers.get', { name })
  return `this removes all parked events of ${name} for good: ${plural(parked, 'event')}`
}

function choice(ids: string[], consumer: string | undefined): ParkedChoice {
  if (ids.length > 0 && consumer === undefined) return { ids }
  if (ids.length === 0 && consumer !== undefined) return { consumer }
  throw new TocsinError(
    'TCN_USAGE',
    'give either the IDs of events, or --consumer for all events of one consumer',
  )
}

const columns: readonly Column<ParkedInfo>[] = [
  { title: 'ID', text: (row) => row.id },
  { title: 'PARKED', text: (row) => formatTime(row.parkedAt).slice(0, 19) },
  { title: 'CONSUMER', text: (row) => row.consumer, flexible: true },
  { title: 'TAG', text: (row) => row.tag, flexible: true },
  { title: 'SOURCE', text: (row) => row.source, flexible: true },
  { title: 'TRIES', text: (row) => String(row.tries), right: true },
  { title: 'REASON', text: (row) => row.reason, flexible: true },
]
