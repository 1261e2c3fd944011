import type { Command } from 'commander'
import { Option } from 'commander'
import type { AckLevel } from '../../client/api.js'
import { choiceOption } from '../choice.js'
import { define } from '../define.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import { type HubOptions, hubOptions } from '../options.js'
import { parseSpeed } from '../pace.js'

export interface PlayOptions extends HubOptions {
  to?: string
  /** Times as fast as it was. */
  speed?: number
  tagPrefix?: string
  ack?: AckLevel
}

export function definePlay(program: Command, io: Io): void {
  const command = define(program, 'play [file]', 'publish recorded events again, at the pace they had', {
    changes: true,
    group: groups.log,
    notes: [
      'Reads what record and export write; - or nothing is stdin. The events are new ones: number, cursor and time are of now; the old cursor and time are kept as the attributes id and time. Bring them in under another tag with --tag-prefix where programs must not take them for real.',
    ],
    examples: [
      { command: 'tocsin play bug.tocsin --speed 10x', does: 'ten times as fast as it happened' },
      {
        command: 'tocsin play day.tocsin --speed max --to tls://test-hub:4581 --tag-prefix replay/',
        does: 'as fast as it goes, to another hub, under other tags',
      },
    ],
  })
  command
    .addOption(
      new Option(
        '--speed <factor>',
        'times as fast as it happened: 1x, 10x, 0.5x, max (default: 1x)',
      ).argParser(parseSpeed),
    )
    .option('--to <url>', 'the hub to publish to (default: as --socket)')
    .option('--tag-prefix <text>', 'put this before every tag')
    .addOption(
      choiceOption('--ack <level>', 'what is waited for (default: durable, where the log can)', [
        'accepted',
        'durable',
      ]),
    )
  hubOptions(command)
  command.action(async (file: string | undefined, options: PlayOptions) => {
    const { playEvents } = await import('../play-events.js')
    await playEvents(io, file ?? '-', options)
  })
}
