import { type Command, Option } from 'commander'
import { define, groups } from '../../help/define.js'
import { durationOption } from '../../help/options.js'
import { parseCount, sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { DemoOptions } from './run.js'

export function defineDemo(program: Command, io: Io): void {
  const command = define(program, 'demo', 'Run a hub with the events of a simulated fleet', {
    group: groups.hub,
    notes: [
      'Deployments, flapping links, highstates that fail, log lines with severities, SCTP associations, and events of every kind of source. The same seed makes the same events. The hub is one of its own, with its own socket; its data is removed at the end, unless --data names the folder.',
    ],
    examples: [
      { command: 'tocsin demo', does: '50 hosts, 20 events a second, until Ctrl-C' },
      {
        command: 'tocsin demo --hosts 10000 --rate 1000 --quiet',
        does: 'a large fleet, to be seen on the page Fleet of the console, without its events in this terminal',
      },
      {
        command: 'tocsin demo --into /run/tocsin/tocsin.sock --duration 1m',
        does: 'into a running hub, under demo/',
      },
    ],
  })
  command
    .addOption(new Option('--hosts <n>', 'number of simulated hosts').argParser(parseCount).default(50))
    .addOption(new Option('--rate <n>', 'events a second, on average').argParser(parseCount).default(20))
    .addOption(
      new Option('--seed <n>', 'number that decides which events happen').argParser(parseCount).default(1),
    )
    .addOption(sharedOption('--data', { usual: 'a temporary one' }))
    .addOption(
      new Option('--into <address>', 'publish to this running hub instead, under demo/').conflicts('data'),
    )
    .addOption(sharedOption('--quiet'))
  durationOption(command)
  command.action(async (options: DemoOptions) => {
    const { runDemo } = await import('./run.js')
    await runDemo(io, options)
  })
}
