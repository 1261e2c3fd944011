import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import { hubOptions } from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { ackOption } from './import.js'
import { parseSpeed } from './pace.js'
import type { PlayOptions } from './play-events.js'

export function definePlay(program: Command, io: Io): void {
  const command = define(program, 'play [file]', 'Publish recorded events again, at their original pace', {
    changes: true,
    group: groups.copy,
    notes: [
      'Reads the files of record and export; without a file, or with -, reads stdin. The events are new ones, with new numbers, cursors and times; the original cursor and time are kept as the attributes id and time. Use --tag-prefix when programs must not mistake the events for real ones.',
    ],
    examples: [
      { command: 'tocsin play bug.tocsin --speed 10x', does: 'ten times as fast as it happened' },
      {
        command: 'tocsin play day.tocsin --speed max --url tls://test-hub:4581 --tag-prefix replay/',
        does: 'as fast as possible, to another hub, under other tags',
      },
    ],
  })
  command
    .addOption(sharedOption('--speed', { usual: '1x' }).argParser(parseSpeed))
    .option('--tag-prefix <text>', 'text to put before every tag')
    .addOption(ackOption())
  hubOptions(command)
  command.action(async (file: string | undefined, options: PlayOptions) => {
    const { playEvents } = await import('./play-events.js')
    await playEvents(io, file ?? '-', options)
  })
}
