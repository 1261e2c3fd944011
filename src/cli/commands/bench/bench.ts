import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseSize } from '../../../config/values/quantities.js'
import { define, groups } from '../../help/define.js'
import { hubOptions, jsonOption, reportFormatOption, yesOption } from '../../help/options.js'
import { parseCount, sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { BenchOptions } from './plan.js'

export function defineBench(program: Command, io: Io): void {
  const command = define(program, 'bench', 'Measure the speed of your hub, as its programs see it', {
    group: groups.inspect,
    changes: true,
    notes: [
      'Four measurements, one after the other: the time from publish to receipt at a fixed pace, the time to a durable acknowledgement with one event at a time, the rate of publishing and receiving at full speed, and the rate of reading the stored events again. The figures include the client and the network between it and the hub. Publishers at full speed are processes of their own; the subscribers share one.',
      'Warning: it writes events into the log of the hub, where they stay until retention removes them. If retention is limited by size or count, older events make room for them. --log-limit bounds how much is written. To measure a machine without touching the log of its hub, run a second hub: tocsin serve --data /var/tmp/bench --socket /tmp/bench/tocsin.sock --http off --no-sources.',
      'It needs the rights to publish and to see events below the prefix: tocsin token add bench --publish bench/ --see bench/. With --monitor, it also shows the version of the hub and its retention.',
      'Ctrl-C ends it and prints the figures so far.',
    ],
    examples: [
      { command: 'tocsin bench', does: 'about 20 seconds, with one publisher and one subscriber' },
      {
        command: 'tocsin bench --publishers 4 --subscribers 10 --size 1000 --duration 30s',
        does: 'closer to a busy hub',
      },
      {
        command: 'tocsin bench --url wss://hub.example --yes --json > figures.json',
        does: 'over the network, for a program',
      },
    ],
  })
  command
    .addOption(number('--size <bytes>', 'size of the body of an event, about', 200))
    .addOption(number('--publishers <n>', 'number of publishers at full speed', 1))
    .addOption(number('--subscribers <n>', 'number of subscribers', 1))
    .addOption(number('--pace <n>', 'events a second while latency is measured', 1000))
    .addOption(sharedOption('--duration', { note: 'for each of the four measurements', usual: '5s' }))
    .addOption(new Option('--prefix <tag>', 'beginning of all tags, which ends with /').default('bench/'))
    .addOption(
      new Option('--log-limit <size>', 'write at most this much into the log')
        .argParser(parseLimit)
        .default(512 * 2 ** 20, '512MiB'),
    )
    // The command starts its publishers with this option.
    .addOption(new Option('--as-publisher').hideHelp())
  jsonOption(reportFormatOption(yesOption(command)))
  hubOptions(command, { usual: '10s' }).action(async (options: BenchOptions & { asPublisher?: boolean }) => {
    if (options.asPublisher) {
      const { publishForBench } = await import('./publisher.js')
      return publishForBench(io, options)
    }
    const { runBench } = await import('./run.js')
    await runBench(io, options)
  })
}

function number(flags: string, text: string, usual: number): Option {
  return new Option(flags, text).argParser(parseCount).default(usual)
}

function parseLimit(text: string): number {
  const bytes = parseSize(text)
  if (bytes === undefined || bytes < 1) throw new InvalidArgumentError('It is not a size, such as 100MiB.')
  return bytes
}
