import { type Command, Option } from 'commander'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { define, groups } from '../../help/define.js'
import { hubOptions } from '../../help/options.js'
import { parseTimeout, sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { FireLinesOptions } from './fire-lines.js'
import type { SeriesOptions } from './fire-series.js'

export function defineFire(program: Command, io: Io): void {
  const command = define(program, 'fire <tag> [data]', 'Publish one or many events', {
    group: groups.events,
    changes: true,
    notes: [
      'The data is JSON, @file for JSON in a file (@- for stdin), or - for one JSON value a line on stdin, each an event of its own. Without data it is null. Prints the cursor of the last event.',
      'With - as tag, every line on stdin is a whole event: {"tag": …, "data": …} or a CloudEvent.',
      'With --text the data is text, not JSON: an event carries it as {"line": …}.',
      'After two seconds without an acknowledgement it says on stderr what the event waits for. After --timeout (30 s) the exit code is 4 if the hub says why it stores nothing, such as a full disk, and otherwise 5; whether the event is stored is not known then.',
      'With --count or --every the event is published again and again. Tag and data may then contain {{.n}}, {{.time}}, {{.host}}, {{.pid}}, {{.uuid}}, {{random 1 100}} and {{pick up down}}.',
    ],
    examples: [
      { command: 'tocsin fire deploy/web \'{"version": "1.4.2"}\'', does: 'one event' },
      {
        command: 'tocsin fire deploy/web @release.json --ack durable',
        does: 'data from a file; wait until the event is on the disk',
      },
      { command: 'tail -f app.ndjson | tocsin fire app/web -', does: 'one event a line, all with this tag' },
      {
        command: 'tail -f /var/log/syslog | tocsin fire log/web1 - --text',
        does: 'one event a line of text',
      },
      {
        command: 'tocsin fire app/{{.host}} \'{"n": {{.n}}, "ms": {{random 1 100}}}\' --every 1s --count 60',
        does: 'an event each second for a minute',
      },
      { command: 'tocsin fire - < events.ndjson', does: 'one event a line, each with its own tag' },
    ],
  })
  command
    .addOption(sharedOption('--ack').choices(['accepted', 'durable']).default('accepted'))
    .addOption(sharedOption('--source', { note: 'one that you may publish under', usual: 'your own' }))
  command
    .option('--text', 'the data is text, not JSON')
    .addOption(
      new Option('--on-error <what>', 'at a line that is not valid')
        .choices(['stop', 'skip'])
        .default('stop'),
    )
    .addOption(sharedOption('--count', { note: 'published' }))
    .addOption(new Option('--every <duration>', 'time from one event to the next').argParser(parseTimeout))
  command.option('--as-hub', 'allow tags and sources under hub/, which belong to the hub itself')
  hubOptions(command)
  command.action(async (tag: string, data: string | undefined, options: FireCommandOptions) => {
    if (tag !== '-' && data !== '-') return fireArguments(io, tag, data, options)
    refuseForLines(tag, data, options)
    const { fireLines } = await import('./fire-lines.js')
    await fireLines(io, tag === '-' ? undefined : tag, options)
  })
}

type FireCommandOptions = FireLinesOptions & SeriesOptions

async function fireArguments(
  io: Io,
  tag: string,
  data: string | undefined,
  options: FireCommandOptions,
): Promise<void> {
  if (options.onError === 'skip') throw usage('--on-error is for lines on stdin: give - as data or as tag')
  if (options.count !== undefined || options.every !== undefined) {
    const { fireSeries } = await import('./fire-series.js')
    return fireSeries(io, tag, data, options)
  }
  const { fireEvent } = await import('./fire-event.js')
  await fireEvent(io, tag, data, options)
}

function refuseForLines(tag: string, data: string | undefined, options: FireCommandOptions): void {
  if (tag === '-' && data !== undefined)
    throw usage('with - as tag the events come from stdin: leave out the data')
  if (tag === '-' && options.text) throw usage('--text needs a tag: tocsin fire <tag> - --text')
  if (options.count !== undefined || options.every !== undefined)
    throw usage('--count and --every repeat one event, not lines on stdin')
}

function usage(message: string): TocsinError {
  return new TocsinError('TCN_USAGE', message)
}
