import type { Command } from 'commander'
import { define } from '../define.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import {
  countOption,
  formatOptions,
  hubOptions,
  rangeOptions,
  type StreamOptions,
  strictOption,
  whereOption,
} from '../options.js'

export function defineRead(program: Command, io: Io): void {
  const command = define(program, 'read [filter...]', 'read events from the log, and end', {
    group: groups.events,
    notes: ['It ends at the end it saw when it began.'],
    examples: [
      { command: 'tocsin read --from -10m', does: 'the last ten minutes' },
      { command: 'tocsin read salt/ --from 2026-11-20T06:00Z --to 2026-11-20T07:00Z', does: 'one hour' },
      {
        command: 'tocsin read --from -1d --where "EXISTS data.user AND data.user = \'root\'"',
        does: 'what root did',
      },
      {
        command: "tocsin read --fields time,tag,data.retcode 'salt/job/*/ret/*'",
        does: 'some fields, separated by tabs',
      },
      {
        command: 'tocsin read --from @4711 --count 1 --format yaml',
        does: 'the event with this number, or the next one',
      },
    ],
  })
  whereOption(command)
  rangeOptions(
    command,
    'where to begin; see tocsin help range (default: start)',
    'where to end (default: the end as it is now)',
  )
  formatOptions(command)
  countOption(command, 'end after so many events')
  strictOption(command)
  hubOptions(command, 'end after this time, such as 30s; exit code 5 when nothing came')
  command.action(async (filters: string[], options: StreamOptions) => {
    const { streamEvents } = await import('../stream-events.js')
    await streamEvents(io, { ...options, filters, ends: true })
  })
}
