import { type Command, Option } from 'commander'
import { define } from '../../help/define.js'
import { reportFormatOption } from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { CopyCommandOptions } from './copy.js'

/** `tocsin log copy` */
export function defineCopy(log: Command, io: Io): void {
  const copy = define(log, 'copy', 'Copy the log of a hub that does not run into a stream of NATS', {
    changes: true,
    notes: [
      'The configuration names the stream, under `nats`. It must be empty, or an earlier copy of the same log: the copy then continues after its last event, also after a crash. No hub may use the stream meanwhile.',
      'Events keep their order and the counters of their producers. They get new numbers and times; the old cursor and time are kept as the attributes `id` and `time`. The log itself stays as it is.',
    ],
    examples: [
      {
        command: 'tocsin log copy --to jetstream --dry-run',
        does: 'how much is it, and does all of it fit?',
      },
      { command: 'tocsin log copy --to jetstream', does: 'copy it, or continue' },
    ],
  })
  reportFormatOption(copy)
    .addOption(new Option('--to <engine>', 'where to').choices(['jetstream']).makeOptionMandatory(true))
    .addOption(sharedOption('--data'))
    .addOption(sharedOption('--config'))
    .addOption(sharedOption('--dry-run'))
    .action(async (options: CopyCommandOptions) => (await import('./copy.js')).copyToJetStream(io, options))
}
