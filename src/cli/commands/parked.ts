import type { Command } from 'commander'
import type { ParkedChoice, ParkedInfo } from '../../bus/method-types.js'
import { TocsinError } from '../../event/errors.js'
import { formatTime } from '../../event/range.js'
import { define } from '../define.js'
import { plural } from '../figures.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import {
  countOption,
  type FormatOptions,
  formatOptions,
  type HubOptions,
  hubOptions,
  type ReportOptions,
  reportOptions,
} from '../options.js'
import { report } from '../report.js'
import { type Column, tableLines } from '../table.js'

export function defineParked(program: Command, io: Io): void {
  const parked = define(program, 'parked', 'events that no consumer could work on', {
    group: groups.consumers,
    notes: [
      'An event is parked after 10 tries, or when a consumer says so: with its payload, the reason and where it came from.',
    ],
    examples: [
      { command: 'tocsin parked list', does: 'what is parked, and why' },
      { command: 'tocsin parked redeliver --consumer billing', does: 'try all of one consumer again' },
    ],
  })
  defineList(parked, io)
  defineShow(parked, io)
  defineChoice(
    parked,
    io,
    'redeliver',
    'parked.redeliver',
    'deliver again, to the same consumer',
    'delivered again',
  )
  defineChoice(parked, io, 'remove', 'parked.delete', 'forget parked events', 'removed')
}

type ListOptions = ReportOptions & { consumer?: string; count?: number }

function defineList(parked: Command, io: Io): void {
  const command = define(parked, 'list', 'what is parked, and why', {
    isDefault: true,
    examples: [{ command: 'tocsin parked list --consumer billing', does: 'those of one consumer' }],
  })
  command.option('--consumer <name>', 'those of one consumer only')
  countOption(command, 'show at most so many')
  reportOptions(command).action(async (options: ListOptions) => {
    const { ask } = await import('../hub.js')
    const { parked, more } = await ask(io, options, 'parked.list', {
      ...(options.consumer === undefined ? {} : { consumer: options.consumer }),
      ...(options.count === undefined ? {} : { limit: options.count }),
    })
    await report(io, options.format, parked, () =>
      parked.length === 0 ? ['nothing is parked'] : tableLines(columns, parked, io.out.columns),
    )
    if (more) io.note('there are more; see --count')
  })
}

function defineShow(parked: Command, io: Io): void {
  const command = define(parked, 'show <id>', 'one parked event, with its data', {
    examples: [{ command: 'tocsin parked show k3x9f2-4711.billing --format json', does: 'as a CloudEvent' }],
  })
  hubOptions(formatOptions(command, 'yaml')).action(
    async (id: string, options: HubOptions & FormatOptions) => {
      const { printFrame } = await import('../print-frame.js')
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
      { command: `tocsin parked ${name} k3x9f2-4711.billing`, does: 'one' },
      { command: `tocsin parked ${name} --consumer billing`, does: 'all of one consumer' },
    ],
  })
  command.option('--consumer <name>', 'all of one consumer')
  reportOptions(command).action(async (ids: string[], options: ListOptions) => {
    const { ask } = await import('../hub.js')
    const result = await ask(io, options, method, choice(ids, options.consumer))
    await report(io, options.format, [result], () => [`${plural(result.count, 'event')} ${done}`])
  })
}

function choice(ids: string[], consumer: string | undefined): ParkedChoice {
  if (ids.length > 0 && consumer === undefined) return { ids }
  if (ids.length === 0 && consumer !== undefined) return { consumer }
  throw new TocsinError(
    'TCN_USAGE',
    'name events by their ids, or all of one consumer with --consumer: one of the two',
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
