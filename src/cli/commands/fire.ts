import type { Command } from 'commander'
import type { AckLevel } from '../../client/api.js'
import { TocsinError } from '../../event/errors.js'
import { choiceOption } from '../choice.js'
import { define } from '../define.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import { type HubOptions, hubOptions } from '../options.js'

export interface FireOptions extends HubOptions {
  ack?: AckLevel
  source?: string
}

export function defineFire(program: Command, io: Io): void {
  const command = define(program, 'fire <tag> [data]', 'publish events', {
    group: groups.events,
    changes: true,
    notes: [
      'The data is JSON, @file for JSON in a file (@- on stdin), or - for many: one JSON value a line on stdin, each an event. Without data it is null. Prints the cursor of the (last) event.',
      'With - as tag every line on stdin is an event of its own: {"tag": …, "data": …} or a CloudEvent.',
    ],
    examples: [
      { command: 'tocsin fire deploy/web \'{"version": "1.4.2"}\'', does: 'one event' },
      { command: 'tocsin fire deploy/web @release.json --ack durable', does: 'wait until it is on the disk' },
      { command: 'tail -f app.ndjson | tocsin fire app/web -', does: 'every line an event' },
      { command: 'tocsin fire - < events.ndjson', does: 'many events, each with its tag' },
    ],
  })
  command
    .addOption(
      choiceOption(
        '--ack <level>',
        'accepted: stored in order and delivered; durable: flushed to the disk',
        ['accepted', 'durable'],
        'accepted',
      ),
    )
    .option('--source <source>', 'who says so; must begin with what this user may publish under')
  hubOptions(command)
  command.action((tag: string, data: string | undefined, options: FireOptions) =>
    fire(io, tag, data, options),
  )
}

async function fire(io: Io, tag: string, data: string | undefined, options: FireOptions): Promise<void> {
  if (tag === '-' && data !== undefined)
    throw new TocsinError('TCN_USAGE', 'with - as tag the events come from stdin: no data beside it')
  if (tag === '-' || data === '-') {
    const { fireLines } = await import('../fire-lines.js')
    return fireLines(io, tag === '-' ? undefined : tag, options)
  }
  const value = data === undefined ? null : await parseData(io, data)
  const { withHub } = await import('../hub.js')
  const { Deadline } = await import('../deadline.js')
  const { cursor } = await withHub(io, options, async (client) => {
    const deadline = new Deadline(io.signal, options.timeout ?? 30_000)
    try {
      return await client.publish(tag, value, { ...publishOptions(options), signal: deadline.signal })
    } catch (error) {
      throw deadline.passed
        ? new TocsinError('TCN_CLIENT_TIMEOUT', 'the hub did not acknowledge the event in time')
        : error
    } finally {
      deadline.clear()
    }
  })
  if (cursor !== undefined) io.out.line(cursor)
}

export function publishOptions({ ack, source }: FireOptions): { ack: AckLevel; source?: string } {
  return { ack: ack ?? 'accepted', ...(source === undefined ? {} : { source }) }
}

async function parseData(io: Io, data: string): Promise<unknown> {
  const { parseJson, readText } = await import('../input.js')
  if (!data.startsWith('@')) return parseJson(data, 'the data', 'text goes in double quotes: \'"hello"\'')
  return parseJson(await readText(io, data.slice(1)), data === '@-' ? 'stdin' : data.slice(1))
}
