import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import { conditionOptions, countOption, hubOptions, rangeOptions, strictOption } from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { RecordOptions } from './record-events.js'

export function defineRecord(program: Command, io: Io): void {
  const command = define(program, 'record [filter...]', 'Write events to a file as they happen', {
    group: groups.copy,
    notes: [
      'The file holds frames, like that of export --frames; play and import read it. Recording ends with --count, --duration, --to or Ctrl-C, and the file is valid whenever it ends.',
      '--redact removes values from the data before anything is written. In a path, * stands for any one key or element and ** for any number of them.',
    ],
    examples: [
      { command: 'tocsin record --output bug.tocsin salt/', does: 'events of Salt until Ctrl-C' },
      {
        command:
          "tocsin record --output day.tocsin --from -1d --to now --redact data.password --redact 'data.**.token'",
        does: 'the last day, without its secrets',
      },
    ],
  })
  command
    .addOption(sharedOption('--output', { short: '-o' }).makeOptionMandatory())
    .option('--redact <path...>', 'remove the values at this path, such as data.password')
  conditionOptions(command)
  rangeOptions(command, { usual: 'now' }, { usual: 'no end' })
  countOption(command)
  command.addOption(sharedOption('--duration'))
  strictOption(command)
  hubOptions(command)
  command.action(async (filters: string[], options: RecordOptions) => {
    const { recordEvents } = await import('./record-events.js')
    await recordEvents(io, filters, options)
  })
}
