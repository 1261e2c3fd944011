import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import {
  countOption,
  durationOption,
  formatOptions,
  hubOptions,
  rangeOptions,
  type StreamOptions,
  strictOption,
  whereOption,
} from '../../help/options.js'
import type { Io } from '../../io.js'

export function defineRead(program: Command, io: Io): void {
  const command = define(program, 'read [filter...]', 'Read events from the log, then end', {
    group: groups.events,
    notes: ['Events that are stored after read has started are not shown; use tail to follow them.'],
    examples: [
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
        command: 'tocsin read --from @4711 --count 1 --format yaml',
        does: 'the event with this number, or the next one',
      },
    ],
  })
  whereOption(command)
  rangeOptions(command, { usual: 'start' }, { usual: 'the current end' })
  formatOptions(command)
  countOption(command)
  durationOption(command)
  strictOption(command)
  hubOptions(command)
  command.action(async (filters: string[], options: StreamOptions) => {
    const { streamEvents } = await import('../../hub/stream-events.js')
    await streamEvents(io, { ...options, filters, ends: true })
  })
}
