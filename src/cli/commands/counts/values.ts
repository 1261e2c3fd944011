import type { Command } from 'commander'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Facets, FieldValue } from '../../../methods/contract/index.js'
import { define, groups } from '../../help/define.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { formatCount } from '../../terminal/figures.js'
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

const MAX_ROWS = 1000

export function defineValues(program: Command, io: Io): void {
  const command = define(
    program,
    'values <field> [filter...]',
    'List the values of a field, the most frequent first',
    {
      group: groups.inspect,
      notes: [
        'The field is one that filters can name: type, source, tag (its first two segments), an attribute or data.<path>.',
      ],
      examples: [
        { command: 'tocsin values data.retcode salt/job/', does: 'how the jobs of the last hour ended' },
        {
          command: "tocsin values data.severity 'syslog/*' --from -1d",
          does: 'how severe the messages of a day were',
        },
      ],
    },
  )
  command.addOption(sharedOption('--limit', { usual: '20' }))
  countOptions(command).action((field: string, filters: string[], options: CountOptions) =>
    showValues(io, field, filters, options),
  )
}

async function showValues(
  io: Io,
  field: string,
  filters: readonly string[],
  { limit = 20, ...options }: CountOptions,
): Promise<void> {
  if (limit > MAX_ROWS) throw new TocsinError('TCN_USAGE', `--limit is at most ${MAX_ROWS}`)
  const params = { ...(await selectionOf(filters, options)), field, limit }
  await showCounts(io, options, 'events.facets', params, (answer) => valueLines(answer, io.out.columns))
}

type Row = Facets['values'][number]

export function valueLines(answer: Facets, columns: number | undefined): string[] {
  const { values, other = 0, total } = answer
  if (total === 0) return ['no event matches']
  if (values.length === 0) return [`none of ${totalText(answer)} has the field ${answer.field}`]
  const counted = countedIn(answer)
  const table: readonly Column<Row>[] = [
    { title: 'VALUE', text: ({ value }: { value: FieldValue }) => valueText(value), flexible: true },
    { title: 'EVENTS', text: ({ count, atLeast }) => countText(count, atLeast !== true), right: true },
    { title: 'SHARE', text: ({ count }) => shareText(count, counted), right: true },
  ]
  const rest = other > 0 ? `, ${formatCount(other)} of them without the field or with another value` : ''
  return [...tableLines(table, values, columns), `${totalText(answer)} in all${rest}`]
}
