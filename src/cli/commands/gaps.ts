import type { Command } from 'commander'
import type { GapInfo } from '../../bus/method-types.js'
import { formatTime } from '../../event/range.js'
import { define } from '../define.js'
import { formatCount } from '../figures.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import {
  countOption,
  type RangeOptions,
  type ReportOptions,
  rangeOptions,
  reportOptions,
} from '../options.js'
import { report } from '../report.js'
import { type Column, tableLines } from '../table.js'

interface GapsOptions extends ReportOptions, RangeOptions {
  count?: number
}

export function defineGaps(program: Command, io: Io): void {
  const command = define(program, 'gaps', 'what is missing, and why', {
    group: groups.look,
    notes: [
      'What a source could not deliver (events of type hub.gap), and numbers of the log that an unclean stop took away: up to a million, of which few or none had been given to an event. Where nobody knows how many events are missing, the count is a question mark.',
    ],
    examples: [
      { command: 'tocsin gaps --from -1d', does: 'what was lost since yesterday' },
      { command: 'tocsin gaps --format json', does: 'for other programs' },
    ],
  })
  rangeOptions(
    command,
    'where to begin; see tocsin help range (default: start)',
    'where to end (default: end)',
  )
  countOption(command, 'show at most so many')
  reportOptions(command)
  command.action((options: GapsOptions) => showGaps(io, options))
}

async function showGaps(io: Io, options: GapsOptions): Promise<void> {
  const { ask } = await import('../hub.js')
  const { gaps, more } = await ask(io, options, 'gaps.list', {
    ...(options.from === undefined ? {} : { from: options.from }),
    ...(options.to === undefined ? {} : { to: options.to }),
    ...(options.count === undefined ? {} : { limit: options.count }),
  })
  await report(io, options.format, gaps, () =>
    gaps.length === 0 ? ['nothing is missing'] : tableLines(columns, gaps, io.out.columns),
  )
  if (more) io.note('there are more; see --count and --from')
}

const columns: readonly Column<GapInfo>[] = [
  { title: 'WHEN', text: ({ time }) => (time === undefined ? '' : formatTime(time)) },
  { title: 'WHERE', text: ({ kind, source }) => (kind === 'log' ? 'log' : (source ?? '')), flexible: true },
  {
    title: 'COUNT',
    text: ({ count }) => (typeof count === 'number' ? formatCount(count) : '?'),
    right: true,
  },
  { title: 'FROM', text: ({ from }) => place(from), flexible: true },
  { title: 'TO', text: ({ to }) => place(to), flexible: true },
  { title: 'REASON', text: ({ kind, reason }) => (kind === 'log' ? LOST_IN_CRASH : reason), flexible: true },
]

const LOST_IN_CRASH = 'the hub crashed; events from here that were not yet on the disk are lost'

function place(at: GapInfo['from']): string {
  return typeof at === 'number' ? `@${at}` : (at ?? '')
}
