import type { Command } from 'commander'
import { define } from '../define.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import {
  type HubOptions,
  hubOptions,
  type RangeOptions,
  rangeOptions,
  strictOption,
  type WhereOptions,
  whereOption,
} from '../options.js'

export interface ExportOptions extends HubOptions, RangeOptions, WhereOptions {
  output?: string
  frames?: boolean
  strict?: boolean
}

export function defineExport(program: Command, io: Io): void {
  const command = define(program, 'export [filter...]', 'write events to a file that import reads', {
    group: groups.log,
    notes: [
      'CloudEvents, one a line, with the body as base64 of the same bytes; or with --frames the frames themselves, which is smaller and quicker. It ends at the end of the log as it was when it began, and goes on where it was when the connection breaks.',
    ],
    examples: [
      { command: 'tocsin export --output all.ndjson', does: 'everything that is in the log' },
      {
        command: "tocsin export --where 'data.retcode <> 0' --output failed.ndjson",
        does: 'what failed',
      },
      { command: 'tocsin export salt/ --from -1d | gzip > day.ndjson.gz', does: 'one day of Salt' },
      {
        command: 'tocsin export --frames --output bug.tocsin --from -10m',
        does: 'the bytes themselves, for a report',
      },
    ],
  })
  whereOption(command)
  rangeOptions(
    command,
    'where to begin; see tocsin help range (default: start)',
    'where to end (default: the end as it is now)',
  )
  command
    .option('-o, --output <file>', 'write to this file, which must not exist (default: stdout)')
    .option('--frames', 'frames instead of CloudEvents')
  strictOption(command)
  hubOptions(command, 'give up when it took so long, such as 10m')
  command.action(async (filters: string[], options: ExportOptions) => {
    const { exportEvents } = await import('../export-events.js')
    await exportEvents(io, filters, options)
  })
}
