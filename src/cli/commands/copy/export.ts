import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import { conditionOptions, hubOptions, rangeOptions, strictOption } from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { ExportOptions } from './export-events.js'

export function defineExport(program: Command, io: Io): void {
  const command = define(program, 'export [filter...]', 'Write events of the log to a file', {
    group: groups.copy,
    notes: [
      'Writes one CloudEvent a line, with the body as base64 of the original bytes; or, with --frames, the frames themselves, which are smaller and faster. tocsin import reads both. Events that are stored after export has started are not included. After a lost connection, export continues where it was.',
    ],
    examples: [
      { command: 'tocsin export --output all.ndjson', does: 'the whole log' },
      { command: "tocsin export --where 'data.retcode <> 0' --output failed.ndjson", does: 'what failed' },
      { command: 'tocsin export salt/ --from -1d | gzip > day.ndjson.gz', does: 'one day of Salt' },
      {
        command: 'tocsin export --frames --output bug.tocsin --from -10m',
        does: 'the original bytes, for a bug report',
      },
    ],
  })
  conditionOptions(command)
  rangeOptions(command, { usual: 'start' }, { usual: 'the current end' })
  command
    .addOption(sharedOption('--output', { short: '-o', usual: 'stdout' }))
    .option('--frames', 'write frames instead of CloudEvents')
    .addOption(sharedOption('--duration', { note: 'exit code 5, because the export is incomplete' }))
  strictOption(command)
  hubOptions(command)
  command.action(async (filters: string[], options: ExportOptions) => {
    const { exportEvents } = await import('./export-events.js')
    await exportEvents(io, filters, options)
  })
}
