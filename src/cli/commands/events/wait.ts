import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import {
  conditionOptions,
  countOption,
  edgesOption,
  formatOptions,
  hubOptions,
  rangeOptions,
  type StreamOptions,
  strictOption,
} from '../../help/options.js'
import type { Io } from '../../io.js'

export function defineWait(program: Command, io: Io): void {
  const command = define(program, 'wait [filter...]', 'Wait for events that match a filter', {
    group: groups.events,
    notes: [
      'Made for scripts: prints the events and ends with exit code 0 once they have arrived, or with 5 when --timeout passes first.',
      'An event may be published before this command listens. To be safe, take a cursor first (tocsin fire prints one, tocsin status --format json has log.last) and give it with --from.',
    ],
    examples: [
      { command: "tocsin wait 'salt/job/*/ret/web1' --timeout 60s", does: 'the next job return of web1' },
      {
        command: 'tocsin wait salt/job/ --where "data.retcode <> 0" --timeout 10m',
        does: 'the next job that fails',
      },
      {
        command: 'tocsin wait deploy/done --from -5m --count 3 --timeout 10m',
        does: 'three events, including those of the last five minutes',
      },
    ],
  })
  conditionOptions(command)
  rangeOptions(command, { usual: 'now' })
  countOption(command, { usual: '1' })
  edgesOption(command)
  formatOptions(command)
  strictOption(command)
  hubOptions(command, { usual: 'no limit' })
  command.action(async (filters: string[], options: StreamOptions) => {
    const [{ streamEvents }, { requireFilter }] = await Promise.all([
      import('../../hub/stream-events.js'),
      import('../../hub/filter-argument.js'),
    ])
    requireFilter(filters, options)
    await streamEvents(io, { count: 1, ...options, filters, ends: false, needed: true })
  })
}
