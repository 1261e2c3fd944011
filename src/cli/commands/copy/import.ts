import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import { hubOptions } from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { ImportOptions } from './import-events.js'

export function defineImport(program: Command, io: Io): void {
  const command = define(program, 'import [file]', 'Append events from a file to the log', {
    group: groups.copy,
    changes: true,
    notes: [
      'Reads the files of export, record and backup, and any file with one CloudEvent a line; without a file, or with -, reads stdin. The events are new ones, with new numbers, cursors and times; the original cursor and time are kept as the attributes id and time.',
    ],
    examples: [
      { command: 'tocsin import all.ndjson', does: 'what tocsin export wrote' },
      { command: 'zcat day.ndjson.gz | tocsin import', does: 'a compressed file, from stdin' },
    ],
  })
  command.addOption(ackOption())
  hubOptions(command)
  command.action(async (file: string | undefined, options: ImportOptions) => {
    const { importEvents } = await import('./import-events.js')
    await importEvents(io, file ?? '-', options)
  })
}

/** The option of commands that publish many events. */
export function ackOption() {
  return sharedOption('--ack', { usual: 'durable, if the log is on disk' }).choices(['accepted', 'durable'])
}
