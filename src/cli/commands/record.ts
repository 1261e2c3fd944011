import type { Command } from 'commander'
import { define } from '../define.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import {
  countOption,
  type HubOptions,
  hubOptions,
  type RangeOptions,
  rangeOptions,
  strictOption,
  type WhereOptions,
  whereOption,
} from '../options.js'

export interface RecordOptions extends HubOptions, RangeOptions, WhereOptions {
  output: string
  redact?: string[]
  count?: number
  strict?: boolean
}

export function defineRecord(program: Command, io: Io): void {
  const command = define(program, 'record [filter...]', 'write events to a file as they happen', {
    group: groups.log,
    notes: [
      'The file holds frames, as export --frames writes them: play and import read it. It ends with --count, --timeout, --to or Ctrl-C, and is sound whenever it ends. --redact takes values out of the data before anything is written: in a path * is any one key or element, ** any number of them.',
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
    .requiredOption('-o, --output <file>', 'write to this file, which must not exist')
    .option('--redact <path...>', 'take out what is under this path, such as data.password')
  whereOption(command)
  rangeOptions(
    command,
    'where to begin; see tocsin help range (default: now)',
    'where to end (default: not at all)',
  )
  countOption(command, 'end after so many events')
  strictOption(command)
  hubOptions(command, 'end after this time, such as 10m')
  command.action(async (filters: string[], options: RecordOptions) => {
    const { recordEvents } = await import('../record-events.js')
    await recordEvents(io, filters, options)
  })
}
