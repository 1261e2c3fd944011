import type { Command } from 'commander'
import type { ExplainResult } from '../../bus/method-types.js'
import { define } from '../define.js'
import { Exit } from '../exit-codes.js'
import { formatCount, plural } from '../figures.js'
import { groups } from '../groups.js'
import { Ending, type Io } from '../io.js'
import {
  type HubOptions,
  type RangeOptions,
  rangeOptions,
  reportOptions,
  type WhereOptions,
  whereOption,
} from '../options.js'
import { report } from '../report.js'
import { escapeText } from '../terminal.js'

interface ExplainOptions extends HubOptions, RangeOptions, WhereOptions {
  event?: string
  format?: string
}

export function defineExplain(program: Command, io: Io): void {
  const command = define(
    program,
    'explain [filter...]',
    'how a filter is read, and why an event does not match',
    {
      group: groups.look,
      notes: [
        'Without --event and --from no hub is needed. With --event the exit code is 0 when the event matches, 1 when it does not.',
      ],
      examples: [
        {
          command: "tocsin explain 'salt/job/*' '!*/prog/*'",
          does: 'how it is read, and which part the index answers',
        },
        {
          command: 'tocsin explain \'{"exact": {"data.retcode": 0}}\' --event k3x9f2-4711',
          does: 'which part of it does not match this event',
        },
        {
          command: 'tocsin explain salt/ --where "data.retcode <> 0 AND EXISTS data.jid"',
          does: 'how SQL is read, which is not everywhere as one expects it',
        },
        { command: 'tocsin explain salt/auth --from -1h', does: 'how many events of the last hour match' },
      ],
    },
  )
  whereOption(command)
  command.option('--event <cursor>', 'try it on this event')
  rangeOptions(command, 'count what matches from here on', 'count up to here (default: end)')
  reportOptions(command)
  command.action((filters: string[], options: ExplainOptions) => explain(io, filters, options))
}

async function explain(io: Io, filters: string[], options: ExplainOptions): Promise<void> {
  const { filterOf, requireFilter } = await import('../filter-argument.js')
  requireFilter(filters, options.where)
  const filter = await filterOf(filters, options.where)
  const remote = options.event !== undefined || options.from !== undefined || options.to !== undefined
  const result = remote ? await askHub(io, filter, options) : await explainHere(filter)
  await report(io, options.format, [result], () => explainLines(result))
  if (result.event?.matches === false) throw new Ending(Exit.failed)
}

async function askHub(
  io: Io,
  filters: Parameters<typeof explainHere>[0],
  options: ExplainOptions,
): Promise<ExplainResult> {
  const [{ ask }, { parseCursor }] = await Promise.all([import('../hub.js'), import('../../event/cursor.js')])
  const { event: cursor, from, to } = options
  if (cursor !== undefined) parseCursor(cursor)
  const given = Object.entries({ filters, cursor, from, to }).filter(([, value]) => value !== undefined)
  return ask(io, options, 'filters.explain', Object.fromEntries(given))
}

async function explainHere(input: string[] | Record<string, unknown> | undefined): Promise<ExplainResult> {
  const { explainFilter, parseFilter } = await import('../../filter/index.js')
  const { filter, text } = explainFilter(parseFilter(input))
  return { filter: JSON.stringify(filter), text }
}

function explainLines({ text, event, count }: ExplainResult): string[] {
  const lines = text.split('\n')
  if (event) lines.push('', ...event.text.split('\n'))
  if (count) {
    const least = count.exact ? '' : 'at least '
    lines.push('', `${least}${formatCount(count.matched)} of ${plural(count.seen, 'event')} match`)
  }
  return lines.map(escapeText)
}
