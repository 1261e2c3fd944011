import type { Command } from 'commander'
import { onlyGiven } from '../../../event/json/only-given.js'
import type { ExplainResult } from '../../../methods/contract/index.js'
import { define, groups } from '../../help/define.js'
import { Exit } from '../../help/exit-codes.js'
import {
  type ByEventTime,
  conditionOptions,
  type HubOptions,
  type RangeOptions,
  rangeOptions,
  reportOptions,
  type WhereOptions,
} from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import { Ending, type Io } from '../../io.js'
import { report } from '../../output/report.js'
import { formatCount, plural } from '../../terminal/figures.js'
import { escapeText } from '../../terminal/text.js'

interface ExplainOptions extends HubOptions, RangeOptions, ByEventTime, WhereOptions {
  event?: string
  format?: string
}

export function defineExplain(program: Command, io: Io): void {
  const command = define(
    program,
    'explain [filter...]',
    'Explain how a filter is read and why an event does not match',
    {
      group: groups.inspect,
      notes: [
        'Without --event, --from and --to no hub is needed. With --event, the exit code is 0 if the event matches and 1 if it does not. With --from or --to, the events that match are counted.',
      ],
      examples: [
        {
          command: "tocsin explain 'salt/job/*' '!*/prog/*'",
          does: 'which part of the filter the index answers',
        },
        {
          command: 'tocsin explain \'{"exact": {"data.retcode": 0}}\' --event @4711',
          does: 'which part does not match this event',
        },
        {
          command: 'tocsin explain salt/ --where "data.retcode <> 0 AND EXISTS data.jid"',
          does: 'how operators bind, which CloudEvents SQL defines in its own way',
        },
        { command: 'tocsin explain salt/auth --from -1h', does: 'how many events of the last hour match' },
      ],
    },
  )
  conditionOptions(command)
  command.option('--event <event>', 'event to test the filter on: @4711, a cursor, end or end-2')
  rangeOptions(command, { usual: 'start, if --to is given' }, { usual: 'end' })
  command.addOption(sharedOption('--event-time'))
  reportOptions(command)
  command.action((filters: string[], options: ExplainOptions) => explain(io, filters, options))
}

async function explain(io: Io, filters: string[], options: ExplainOptions): Promise<void> {
  const { filterOf, requireFilter } = await import('../../hub/filter-argument.js')
  requireFilter(filters, options)
  const filter = await filterOf(filters, options)
  const remote = options.event !== undefined || options.from !== undefined || options.to !== undefined
  const result = remote ? await askHub(io, filter, options) : await explainHere(filter)
  await report(io, options.format, [result], () => explainLines(result))
  for (const note of result.notes ?? []) io.note(note)
  if (result.event?.matches === false) throw new Ending(Exit.failed)
}

async function askHub(
  io: Io,
  filters: Parameters<typeof explainHere>[0],
  options: ExplainOptions,
): Promise<ExplainResult> {
  const [{ ask }, { parseEventName }] = await Promise.all([
    import('../../hub/connect.js'),
    import('../../../event/position.js'),
  ])
  const { event: cursor, to } = options
  const from = options.from ?? (to && 'start')
  if (cursor !== undefined) parseEventName(cursor)
  const time = options.eventTime ? ('event' as const) : undefined
  return ask(io, options, 'filters.explain', onlyGiven({ filters, cursor, from, to, time }))
}

async function explainHere(input: string[] | Record<string, unknown> | undefined): Promise<ExplainResult> {
  const [{ explainFilter, fieldUses, parseFilter }, { certainNotes }] = await Promise.all([
    import('../../../filter/index.js'),
    import('../../../methods/field-notes.js'),
  ])
  const parsed = parseFilter(input)
  const { filter, text } = explainFilter(parsed)
  const notes = certainNotes(fieldUses(parsed))
  return { filter: JSON.stringify(filter), text, ...(notes.length > 0 && { notes }) }
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
