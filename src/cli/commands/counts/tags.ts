import type { Command } from 'commander'
import { onlyGiven } from '../../../event/json/only-given.js'
import type { ResultOf } from '../../../methods/contract/index.js'
import { define, groups } from '../../help/define.js'
import {
  conditionOptions,
  edgesOption,
  grepOptions,
  rangeOptions,
  reportOptions,
} from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { noteAsked } from '../../output/asked-edges.js'
import { report } from '../../output/report.js'
import { formatCount } from '../../terminal/figures.js'
import { type Column, tableLines } from '../../terminal/table.js'
import type { CountOptions } from './counting.js'

export function defineTags(program: Command, io: Io): void {
  const command = define(program, 'tags [tag]', 'List the tags of recent events, one segment at a time', {
    group: groups.inspect,
    notes: ['Tags that continue after the next / are counted together; call it again with that beginning.'],
    examples: [
      { command: 'tocsin tags', does: 'the first segments of all tags' },
      { command: 'tocsin tags host/', does: 'which hosts' },
      { command: 'tocsin tags syslog/net/ --grep refused', does: 'which hosts say so' },
      {
        command: 'tocsin tags host/ --event-time --from 14:00 --to 14:10',
        does: 'which hosts had something to say then',
      },
    ],
  })
  command.addOption(sharedOption('--limit', { usual: '100' }))
  rangeOptions(command, { usual: 'start' }, { usual: 'end' })
  command.addOption(sharedOption('--event-time'))
  edgesOption(command)
  conditionOptions(command)
  grepOptions(command)
  reportOptions(command).action((prefix: string | undefined, options: CountOptions) =>
    showTags(io, prefix ?? '', options),
  )
}

async function showTags(io: Io, prefix: string, { limit = 100, ...options }: CountOptions): Promise<void> {
  const [{ ask }, { filterOf }] = await Promise.all([
    import('../../hub/connect.js'),
    import('../../hub/filter-argument.js'),
  ])
  const filters = await filterOf([], options)
  const { from, to, eventTime, edges } = options
  const time = eventTime ? ('event' as const) : undefined
  const asked = { prefix, limit, ...onlyGiven({ filters, from, to, time, edges }) }
  const answer = await ask(io, options, 'tags.complete', asked)
  await report(io, options.format, [answer], () => tagLines(answer, io.out.columns))
  if (answer.asked !== undefined) await noteAsked(io, answer.asked)
  if (!answer.exact)
    io.note(
      'not every event and tag was counted: only recent events are looked at, and at most --limit tags listed',
    )
}

type Completions = ResultOf<'tags.complete'>

export function tagLines({ tags }: Pick<Completions, 'tags'>, width: number | undefined): string[] {
  return tags.length === 0 ? ['no tag begins like this'] : tableLines(columns, tags, width)
}

const columns: readonly Column<Completions['tags'][number]>[] = [
  { title: 'TAG', text: ({ text }) => text, flexible: true },
  { title: 'EVENTS', text: ({ count }) => formatCount(count), right: true },
]
