import type { Command } from 'commander'
import type { AckLevel } from '../../client/api.js'
import { choiceOption } from '../choice.js'
import { define } from '../define.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import { type HubOptions, hubOptions } from '../options.js'

export interface ImportOptions extends HubOptions {
  ack?: AckLevel
}

export function defineImport(program: Command, io: Io): void {
  const command = define(program, 'import [file]', 'append exported events to the log', {
    group: groups.log,
    changes: true,
    notes: [
      'Reads what export writes, of either kind, and any CloudEvents one a line; - or nothing is stdin. The events are new ones: they get a new number, cursor and time; the old cursor and time are kept as the attributes id and time.',
    ],
    examples: [
      { command: 'tocsin import all.ndjson', does: 'append what was exported' },
      { command: 'zcat day.ndjson.gz | tocsin import', does: 'the same from stdin' },
    ],
  })
  command.addOption(
    choiceOption('--ack <level>', 'what is waited for (default: durable, where the log can)', [
      'accepted',
      'durable',
    ]),
  )
  hubOptions(command)
  command.action(async (file: string | undefined, options: ImportOptions) => {
    const { importEvents } = await import('../import-events.js')
    await importEvents(io, file ?? '-', options)
  })
}
