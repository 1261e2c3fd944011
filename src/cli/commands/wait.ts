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

export function defineWait(program: Command, io: Io): void {
  const command = define(program, 'wait [filter...]', 'wait until events match, for scripts', {
    group: groups.events,
    notes: [
      'Prints the events and ends with 0 when they came, with 5 when --timeout passed before.',
      'An event may come before this command listens: take a cursor first (tocsin fire prints one, tocsin status --format json has log.last) and give it with --from.',
    ],
    examples: [
      { command: "tocsin wait 'salt/job/*/ret/web1' --timeout 60s", does: 'until the return of web1 comes' },
      {
        command: 'tocsin wait salt/job/ --where "data.retcode <> 0" --timeout 10m',
        does: 'until something fails',
      },
      {
        command: 'tocsin wait deploy/done --from -5m --count 3 --timeout 10m',
        does: 'three of them, those of the last five minutes counted',
      },
    ],
  })
  whereOption(command)
  rangeOptions(command, 'count events from here on (default: now)', undefined)
  countOption(command, 'how many events (default: 1)')
  formatOptions(command)
  strictOption(command)
  hubOptions(command, 'give up after this time, such as 60s (default: never)')
  command.action(async (filters: string[], options: StreamOptions) => {
    const [{ streamEvents }, { requireFilter }] = await Promise.all([
      import('../stream-events.js'),
      import('../filter-argument.js'),
    ])
    requireFilter(filters, options.where)
    await streamEvents(io, { count: 1, ...options, filters, ends: false, needed: true })
  })
}
