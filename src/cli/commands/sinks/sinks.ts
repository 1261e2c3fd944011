import type { Command } from 'commander'
import type { SinkInfo, SinkTest } from '../../../methods/contract/index.js'
import { define, groups } from '../../help/define.js'
import { type ReportOptions, reportOptions } from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { formatCount, formatSpan, plural } from '../../terminal/figures.js'
import { type Column, tableLines } from '../../terminal/table.js'

export function defineSinks(program: Command, io: Io): void {
  const sinks = define(program, 'sinks', 'Manage sinks, which deliver events to other systems', {
    group: groups.consumers,
    notes: [
      'Sinks are configured in `sinks`. Each has a durable consumer sink.<name>: tocsin consumers seek moves its position, and tocsin parked lists what it could not deliver.',
    ],
    examples: [
      { command: 'tocsin sinks list', does: 'which sinks cannot deliver, why, and how far they are behind' },
      { command: 'tocsin sinks test alerts', does: 'send one event to the destination' },
    ],
  })
  defineList(sinks, io)
  defineChange(sinks, io, 'pause', 'Stop a sink; its events wait in the log', 'paused')
  defineChange(sinks, io, 'resume', 'Let a paused sink continue where it stopped', 'resumed')
  defineTest(sinks, io)
}

function defineList(sinks: Command, io: Io): void {
  const command = define(sinks, 'list', 'List sinks with their state and lag', {
    isDefault: true,
    examples: [
      {
        command: 'tocsin sinks list --format json | jq -r \'select(.state != "up") | .name\'',
        does: 'sinks that do not deliver',
      },
    ],
  })
  reportOptions(command).action(async (options: ReportOptions) => {
    const { ask } = await import('../../hub/connect.js')
    const { sinks } = await ask(io, options, 'sinks.list', {})
    await report(io, options.format, sinks, () =>
      sinks.length === 0 ? ['no sinks are configured'] : tableLines(columns, sinks, io.out.columns),
    )
  })
}

function defineChange(sinks: Command, io: Io, name: 'pause' | 'resume', summary: string, done: string): void {
  const command = define(sinks, `${name} <name>`, summary, {
    changes: true,
    examples: [{ command: `tocsin sinks ${name} alerts`, does: 'also after a restart of the hub' }],
  })
  reportOptions(command).action(async (sink: string, options: ReportOptions) => {
    const { ask } = await import('../../hub/connect.js')
    const result = await ask(io, options, `sinks.${name}`, { name: sink })
    await report(io, options.format, [result], () => [
      `${result.name} is ${done}, ${plural(result.lagEvents, 'event')} to deliver`,
    ])
  })
}

function defineTest(sinks: Command, io: Io): void {
  const command = define(sinks, 'test <name>', 'Send one event to the destination of a sink', {
    changes: true,
    notes: [
      'The event has the tag hub/sink/<name> and the state test. The log does not have it. A sink that is paused can be tested too.',
    ],
    examples: [
      { command: 'tocsin sinks test alerts', does: 'what the destination answers' },
      {
        command: 'tocsin sinks test alerts --dry-run',
        does: 'what a webhook would be sent; nothing is sent',
      },
    ],
  })
  command.addOption(sharedOption('--dry-run'))
  reportOptions(command).action(async (sink: string, options: ReportOptions & { dryRun?: boolean }) => {
    const { ask } = await import('../../hub/connect.js')
    const result = await ask(io, options, 'sinks.test', { name: sink, dryRun: options.dryRun === true })
    await report(io, options.format, [result], () => testLines(result))
  })
}

function testLines({ name, took, request }: SinkTest): string[] {
  if (request === undefined) return [`${name} has delivered the event in ${formatSpan(took)}`]
  const headers = Object.entries(request.headers).map(([header, value]) => `${header}: ${value}`)
  return [`POST ${request.url}`, ...headers, '', ...shownBody(request.body).split('\n')]
}

/** JSON is indented. */
function shownBody(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}

const columns: readonly Column<SinkInfo>[] = [
  { title: 'NAME', text: (row) => row.name, flexible: true },
  { title: 'TYPE', text: (row) => row.type },
  { title: 'STATE', text: (row) => row.state },
  { title: 'DELIVERED', text: (row) => formatCount(row.delivered), right: true },
  { title: 'LAG', text: (row) => formatCount(row.lagEvents), right: true },
  { title: 'BEHIND', text: (row) => (row.lagEvents === 0 ? '' : formatSpan(row.lagMicros)), right: true },
  { title: 'PARKED', text: (row) => formatCount(row.parkedEvents), right: true },
  { title: 'REASON', text: (row) => row.reason ?? '', flexible: true },
]
