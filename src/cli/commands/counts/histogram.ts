import { type Command, InvalidArgumentError } from 'commander'
import { formatTime } from '../../../event/position.js'
import type { Histogram } from '../../../methods/contract/index.js'
import { define, groups } from '../../help/define.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { bar } from '../../terminal/bars.js'
import type { Colors } from '../../terminal/colors.js'
import { formatSpan } from '../../terminal/figures.js'
import { padStart } from '../../terminal/text.js'
import { type CountOptions, countOptions, countText, selectionOf, showCounts, totalText } from './counting.js'
import { type CountedField, countedFields, statsLines } from './stats.js'

const MAX_BUCKETS = 1000
/** Width if the output is no terminal. */
const USUAL_COLUMNS = 80

export function defineHistogram(program: Command, io: Io): void {
  const command = define(program, 'histogram [filter...]', 'Count events by time, with a bar for each span', {
    group: groups.inspect,
    notes: [
      'The spans begin at round times. A number that is not exact has ≥ before it, and ? stands for a span that was not counted.',
    ],
    examples: [
      { command: "tocsin histogram 'syslog/*' --from -1h", does: 'when the messages of the last hour came' },
      {
        command: "tocsin histogram salt/job/ --where 'data.retcode <> 0' --from -7d --buckets 7",
        does: 'failed jobs of each day',
      },
      {
        command: 'tocsin histogram --severity warning --by host --from -1d',
        does: 'when the warnings of the last day came, and those of each host',
      },
      {
        command: "tocsin histogram --edges 'web*' --severity warning",
        does: 'warnings of the last hour at all these edge hubs together',
      },
    ],
  })
  command
    .option('--buckets <n>', 'at most this many spans (default: 24)', parseBuckets)
    .addOption(sharedOption('--by').choices(countedFields))
  countOptions(command).action((filters: string[], options: HistogramOptions) =>
    showHistogram(io, filters, options),
  )
}

type HistogramOptions = CountOptions & { buckets?: number; by?: CountedField }

async function showHistogram(
  io: Io,
  filters: readonly string[],
  { buckets = 24, by, ...options }: HistogramOptions,
): Promise<void> {
  const params = { ...(await selectionOf(filters, options)), buckets, ...(by && { by }) }
  const columns = io.out.columns ?? USUAL_COLUMNS
  await showCounts(io, options, 'events.histogram', params, (answer) => [
    ...histogramLines(answer, columns, io.colors),
    ...(by === undefined || answer.total === 0 ? [] : ['', ...statsLines(answer, by, columns)]),
  ])
}

/** A line for each bucket, and the sum. */
export function histogramLines(answer: Histogram, columns: number, colors: Colors): string[] {
  const { counts, start, step, total, coveredFrom = start } = answer
  const max = counts.reduce<number>((most, count) => Math.max(most, count ?? 0), 0)
  const isDamaged = total === undefined && answer.coveredFrom === undefined
  const figures = counts.map((count, at) =>
    count === null ? '?' : countText(count, !isDamaged && start + at * step >= coveredFrom),
  )
  const width = Math.max(...figures.map((text) => text.length), 0)
  const lines = counts.map((count, at) => {
    const head = `${bucketTime(start + at * step, step)}  ${padStart(figures[at], width)}`
    const drawn = bar(count ?? 0, max, columns - head.length - 2)
    return drawn === '' ? head : `${head}  ${colors.cyan(drawn)}`
  })
  return [...lines, `${totalText(answer)}, ${formatSpan(step)} a line`]
}

/** No finer than the buckets are. */
function bucketTime(micros: number, step: number): string {
  const text = formatTime(micros)
  return step >= 60e6
    ? `${text.slice(0, 16)}Z`
    : step >= 1e6
      ? `${text.slice(0, 19)}Z`
      : `${text.slice(0, 23)}Z`
}

function parseBuckets(text: string): number {
  const count = Number(text)
  if (!/^\d+$/.test(text) || count < 1 || count > MAX_BUCKETS)
    throw new InvalidArgumentError(`It is not a number from 1 to ${MAX_BUCKETS}.`)
  return count
}
