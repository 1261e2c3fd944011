import type { Command } from 'commander'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { define, groups } from '../../help/define.js'
import { hubOptions } from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { FireOptions } from './fire-event.js'

export function defineFire(program: Command, io: Io): void {
  const command = define(program, 'fire <tag> [data]', 'Publish one or many events', {
    group: groups.events,
    changes: true,
    notes: [
      'The data is JSON, @file for JSON in a file (@- for stdin), or - for one JSON value a line on stdin, each an event of its own. Without data it is null. Prints the cursor of the last event.',
      'With - as tag, every line on stdin is a whole event: {"tag": …, "data": …} or a CloudEvent.',
    ],
    examples: [
      { command: 'tocsin fire deploy/web \'{"version": "1.4.2"}\'', does: 'one event' },
      {
        command: 'tocsin fire deploy/web @release.json --ack durable',
        does: 'data from a file; wait until the event is on the disk',
      },
      { command: 'tail -f app.ndjson | tocsin fire app/web -', does: 'one event a line, all with this tag' },
      { command: 'tocsin fire - < events.ndjson', does: 'one event a line, each with its own tag' },
    ],
  })
  command
    .addOption(sharedOption('--ack').choices(['accepted', 'durable']).default('accepted'))
    .addOption(sharedOption('--source', { note: 'one that you may publish under', usual: 'your own' }))
  command.option('--produce', 'allow tags and sources under hub/, which belong to the hub itself')
  hubOptions(command)
  command.action(async (tag: string, data: string | undefined, options: FireOptions) => {
    if (tag !== '-' && data !== '-') {
      const { fireEvent } = await import('./fire-event.js')
      return fireEvent(io, tag, data, options)
    }
    if (tag === '-' && data !== undefined)
      throw new TocsinError('TCN_USAGE', 'with - as tag the events come from stdin: leave out the data')
    const { fireLines } = await import('./fire-lines.js')
    await fireLines(io, tag === '-' ? undefined : tag, options)
  })
}
