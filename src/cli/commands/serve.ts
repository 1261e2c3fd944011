import type { Command } from 'commander'
import { define } from '../define.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'

export interface ServeCommandOptions {
  config?: string
  data?: string
  socket?: string
  http?: string
  memory?: boolean
  sources: boolean
  quiet?: boolean
}

export function defineServe(program: Command, io: Io): void {
  define(program, 'serve', 'run the hub', {
    group: groups.hub,
    notes: [
      'It runs until SIGTERM or Ctrl-C: then it takes no more events, brings what it accepted to the disk, tells its subscribers, and ends. On a terminal it shows the events as they come.',
    ],
    examples: [
      {
        command: 'tocsin serve',
        does: 'with the log in the state folder of this user, and the events of this host',
      },
      {
        command: 'tocsin serve --data /var/lib/tocsin --config /etc/tocsin/tocsin.yaml',
        does: 'as a service',
      },
      { command: 'tocsin serve --memory --no-sources', does: 'for a try: nothing is kept' },
    ],
  })
    .option(
      '--config <file>',
      'configuration (default: TOCSIN_CONFIG, then the usual places; none is needed)',
    )
    .option('--data <folder>', 'where log and state are kept (default: the XDG state folder)')
    .option('--socket <path>', 'socket to listen on (default: the first of the usual places)')
    .option('--http <address>', 'where to listen for HTTP: host:port, on or off (default: 127.0.0.1:4580)')
    .option('--memory', 'keep events in memory only')
    .option('--no-sources', 'without the events of this host')
    .option('--quiet', 'show no events')
    .action(async (options: ServeCommandOptions) => {
      const { runHub } = await import('../run-hub.js')
      await runHub(io, options)
    })
}
