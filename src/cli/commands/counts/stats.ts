import type { Command } from 'commander'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Histogram } from '../../../methods/contract/index.js'
import { define, groups } from '../../help/define.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { sparkline } from '../../terminal/bars.js'
import { formatRate } from '../../terminal/figures.js'
import { type Column, tableLines } from '../../terminal/table.js'
import {
  type CountOptions,
  countedIn,
  countOptions,
  countText,
  selectionOf,
  shareText,
  showCounts,
  totalText,
  valueText,
} from './counting.js'

const TREND_BUCKETS = 20
const MAX_ROWS = 100

export const countedFields = ['tag', 'type', 'source', 'host', 'severity'] as const
export type CountedField = (typeof countedFields)[number]

export function defineStats(program: Command, io: Io): void {
  const command = define(
    program,
    'stats [filter...]',
    'Count events by tag, type, source, host or severity, with their trend',
    {
      group: groups.inspect,
      notes: [
        'By tag, the first two segments are counted together. The trend goes from --from to --to; each row is drawn to its own scale. See tocsin values for other fields, and tocsin histogram for the times.',
      ],
      examples: [
        {
          command: 'tocsin stats --by tag --from -1h',
          does: 'what makes the most events, and is it more than usual',
        },
        { command: 'tocsin stats host/ --by source --from -1d', does: 'which hosts publish the most' },
        { command: 'tocsin stats --by severity --from -1d', does: 'how many errors and warnings of a day' },
      ],
    },
  )
  command
    .addOption(sharedOption('--by').choices(countedFields).default('tag'))
    .addOption(sharedOption('--limit', { usual: '20' }))
  countOptions(command).action((filters: string[], options: CountOptions & { by: CountedField }) =>
    showStats(io, filters, options),
  )
}

async function showStats(
  io: Io,
  filters: readonly string[],
  { limit = 20, by, ...options }: CountOptions & { by: CountedField },
): Promise<void> {
  if (limit > MAX_ROWS) throw new TocsinError('TCN_USAGE', `--limit is at most ${MAX_ROWS}`)
  const params = { ...(await selectionOf(filters, options)), by, top: limit, buckets: TREND_BUCKETS }
  await showCounts(io, options, 'events.histogram', params, (answer) =>
    statsLines(answer, by, io.out.columns),
  )
}

interface Row {
  name: string
  total: number
  counts: readonly number[]
}

export function statsLines(answer: Histogram, by: CountedField, columns: number | undefined): string[] {
  const { series = [], other = [], total } = answer
  if (total === 0) return ['no event matches']
  const counted = countedIn(answer)
  const rows: Row[] = series.map(({ value, total, counts }) => ({ name: valueText(value), total, counts }))
  const rest = other.reduce((sum, count) => sum + count, 0)
  if (rest > 0) rows.push({ name: '(others)', total: rest, counts: other })
  return [
    ...tableLines(columnsFor(by, answer), rows, columns),
    `${totalText(answer)} in all, ${rateText(counted, answer)} a second`,
  ]
}

function columnsFor(by: CountedField, answer: Histogram): readonly Column<Row>[] {
  return [
    { title: by.toUpperCase(), text: ({ name }) => name, flexible: true },
    { title: 'EVENTS', text: ({ total }) => countText(total, answer.exact), right: true },
    { title: 'SHARE', text: ({ total }) => shareText(total, countedIn(answer)), right: true },
    { title: 'EVENTS/S', text: ({ total }) => rateText(total, answer), right: true },
    { title: 'TREND', text: ({ counts }) => sparkline(counts) },
  ]
}

/** Only of the time that was counted. */
function rateText(count: number, { from, to, coveredFrom = from }: Histogram): string {
  const since = Math.max(from, coveredFrom)
  const perSecond = to > since ? (count * 1e6) / (to - since) : 0
  return perSecond > 0 && perSecond < 0.05 ? '<0.1' : formatRate(perSecond)
}
