import type { Command } from 'commander'
import { formatTime } from '../../../event/position.js'
import type { GapInfo } from '../../../methods/contract/index.js'
import { define, groups } from '../../help/define.js'
import { type RangeOptions, type ReportOptions, rangeOptions, reportOptions } from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { formatCount } from '../../terminal/figures.js'
import { type Column, tableLines } from '../../terminal/table.js'

interface GapsOptions extends ReportOptions, RangeOptions {
  limit?: number
}

export function defineGaps(program: Command, io: Io): void {
  const command = define(program, 'gaps', 'List missing events and the reasons', {
    group: groups.inspect,
    notes: [
      'Lists what a source could not deliver (events of type hub.gap) and the numbers that the log skipped after a crash: up to a million, of which few or none belonged to an event: only what was not acknowledged as durable in its last 50 ms can be missing. Damaged parts of the log are listed once a reader has met them. The count is a question mark if it is unknown.',
    ],
    examples: [
      { command: 'tocsin gaps --from -1d', does: 'events lost since yesterday' },
      { command: 'tocsin gaps --format json', does: 'one JSON object a gap' },
    ],
  })
  rangeOptions(command, { usual: 'start' }, { usual: 'end' })
  command.addOption(sharedOption('--limit'))
  reportOptions(command)
  command.action((options: GapsOptions) => showGaps(io, options))
}

async function showGaps(io: Io, options: GapsOptions): Promise<void> {
  const { ask } = await import('../../hub/connect.js')
  const { gaps, more } = await ask(io, options, 'gaps.list', {
    ...(options.from === undefined ? {} : { from: options.from }),
    ...(options.to === undefined ? {} : { to: options.to }),
    ...(options.limit === undefined ? {} : { limit: options.limit }),
  })
  await report(io, options.format, gaps, () =>
    gaps.length === 0 ? ['nothing is missing'] : tableLines(columns, gaps, io.out.columns),
  )
  if (more) io.note('there are more; see --limit and --from')
}

const columns: readonly Column<GapInfo>[] = [
  { title: 'WHEN', text: whenText },
  { title: 'WHERE', text: ({ kind, source }) => (kind === 'log' ? 'log' : (source ?? '')), flexible: true },
  {
    title: 'COUNT',
    text: ({ count, reason }) =>
      typeof count === 'number' ? formatCount(count) : reason === 'lost-in-crash' ? '0 to ?' : '?',
    right: true,
  },
  { title: 'FROM', text: ({ from }) => formatEnd(from), flexible: true },
  { title: 'TO', text: ({ to }) => formatEnd(to), flexible: true },
  {
    title: 'REASON',
    text: ({ kind, reason }) => (kind === 'log' ? (logReasons[reason] ?? reason) : reason),
    flexible: true,
  },
]

const logReasons: Record<string, string> = {
  'lost-in-crash':
    'the hub crashed: up to 50 ms of events not acknowledged as durable may be missing; these numbers are not used again',
  damaged: 'the disk no longer returns these events; see tocsin log verify',
}

/** When events were lost: at a point in time, or between the last event and the restart. */
function whenText({ since, time }: GapInfo): string {
  const end = time === undefined ? '' : formatTime(time)
  return since === undefined ? end : `${formatTime(since)} to ${end}`
}

function formatEnd(at: GapInfo['from']): string {
  return typeof at === 'number' ? `@${at}` : (at ?? '')
}
