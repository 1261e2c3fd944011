import type { Command } from 'commander'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { define, groups } from '../../help/define.js'
import {
  conditionOptions,
  countOption,
  durationOption,
  edgesOption,
  formatOptions,
  grepOptions,
  hubOptions,
  lastOption,
  rangeOptions,
  type StreamOptions,
  strictOption,
} from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { usePager } from '../../terminal/pager.js'

export function defineRead(program: Command, io: Io): void {
  const command = define(program, 'read [filter...]', 'Read events from the log, then end', {
    group: groups.events,
    notes: [
      'Events that are stored after read has started are not shown; with --follow they are, as with tail.',
    ],
    examples: [
      { command: 'tocsin read -n 20', does: 'the last 20 events' },
      { command: 'tocsin read -r', does: 'everything, the newest event first' },
      { command: 'tocsin read --from -10m', does: 'the last ten minutes' },
      { command: 'tocsin read salt/ --from 2026-11-20T06:00Z --to 2026-11-20T07:00Z', does: 'one hour' },
      {
        command: 'tocsin read --from -1d --where "EXISTS data.user AND data.user = \'root\'"',
        does: 'what root did since yesterday',
      },
      {
        command: "tocsin read --fields time,tag,data.retcode 'salt/job/*/ret/*'",
        does: 'three fields of every job return',
      },
      {
        command: "tocsin read --from -1d --grep 'failed|refused' -i",
        does: 'events whose tag or body says so, wherever it does',
      },
      {
        command: 'tocsin read --event-time --from 14:00 --to 14:10',
        does: 'what happened then, also if it was read from a log file later',
      },
      {
        command: "tocsin read --edges 'web*' --from -10m --severity warning",
        does: 'what edge hubs did not forward, from their own logs',
      },
      {
        command: 'tocsin read --from @4711 --count 1 --format yaml',
        does: 'the event with this number, or the next one',
      },
    ],
  })
  conditionOptions(command)
  rangeOptions(command, { usual: 'start' }, { usual: 'the current end' })
  lastOption(command)
  command
    .addOption(
      sharedOption('--event-time', { note: 'they come in that order' }).conflicts(['follow', 'showCursor']),
    )
    .option('-r, --reverse', 'the newest event first')
    .addOption(sharedOption('--follow', { short: '-f' }).conflicts('reverse'))
  grepOptions(command)
  edgesOption(command, ['eventTime'])
  formatOptions(command)
  countOption(command)
  durationOption(command)
  strictOption(command)
  command.addOption(sharedOption('--no-pager'))
  hubOptions(command)
  command.action(async (filters: string[], options: StreamOptions & { pager: boolean }) => {
    const { streamEvents } = await import('../../hub/stream-events.js')
    const ends = options.follow !== true
    if (options.eventTime && options.last !== undefined && !options.reverse)
      throw new TocsinError('TCN_USAGE', '--event-time takes --last only with --reverse')
    await streamEvents(io, {
      ...(ends ? {} : { from: 'start' }),
      ...options,
      filters,
      ends,
      beforeOutput: () => usePager(io, options.pager && ends),
    })
  })
}
