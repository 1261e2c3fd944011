import { type Command, Option } from 'commander'
import { PROFILES } from '../../../hub/config/profiles.js'
import { LEVELS } from '../../../hub/own-log/hub-log.js'
import { define, groups } from '../../help/define.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { ServeCommandOptions } from './run.js'

export function defineServe(program: Command, io: Io): void {
  define(program, 'serve', 'Run the hub', {
    group: groups.hub,
    notes: [
      'The hub runs until SIGTERM or Ctrl-C. Then it stops accepting events, flushes the accepted ones to the disk, notifies its subscribers and ends. On a terminal it shows events as they arrive.',
    ],
    examples: [
      {
        command: 'tocsin serve',
        does: "with the log in the user's state folder, and with the events of this host",
      },
      {
        command: 'tocsin serve --data /var/lib/tocsin --config /etc/tocsin/tocsin.yaml',
        does: 'as a service',
      },
      { command: 'tocsin serve --memory --no-sources', does: 'to try it out: nothing is kept' },
    ],
  })
    .addOption(
      sharedOption('--config', { note: 'none is needed', usual: 'TOCSIN_CONFIG, then the usual places' }),
    )
    .addOption(sharedOption('--data', { note: 'for the log and the state', usual: 'the XDG state folder' }))
    .addOption(sharedOption('--socket', { note: 'to listen on', usual: 'the first of the usual places' }))
    .option(
      '--http <address>',
      'address to listen on for HTTP: host:port, on or off (default: 127.0.0.1:4580)',
    )
    .addOption(
      new Option('--profile <name>', 'the purpose of the hub (default: that of the configuration)').choices(
        PROFILES,
      ),
    )
    .option('--memory', 'keep events in memory only')
    .option('--no-sources', 'do not publish the events of this host')
    .addOption(sharedOption('--quiet'))
    .addOption(sharedOption('--log-level', { usual: 'info' }).choices(LEVELS))
    .addOption(sharedOption('--log-format', { usual: 'text' }).choices(['text', 'json']))
    .action(async (options: ServeCommandOptions) => {
      const { runHub } = await import('./run.js')
      await runHub(io, options)
    })
}
