import type { Command } from 'commander'
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
  strictOption,
} from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { StreamRequest } from '../../hub/stream-events.js'
import type { Io } from '../../io.js'

type TailOptions = Omit<StreamRequest, 'filters' | 'ends'>

/** As tail of Unix. */
const USUAL_LAST = 10

export function defineTail(program: Command, io: Io): void {
  const command = define(program, 'tail [filter...]', 'Follow events as they happen', {
    group: groups.events,
    // Acknowledging events moves the position of the consumer.
    changes: ({ consumer }) => consumer !== undefined,
    notes: [
      'On a terminal, tail shows the last 10 events that match and then follows. Into a pipe or a file, and with --count or --consumer, it begins with the next event, so that a program that is started again does not see old events as new ones; --last says otherwise.',
      'With --from, tail first replays the log and then continues live; no event is missed or repeated in between.',
    ],
    examples: [
      { command: 'tocsin tail', does: 'the last 10 events, then everything from now on' },
      { command: 'tocsin tail salt/ -n 50', does: 'the last 50 events of Salt, then live' },
      { command: "tocsin tail 'salt/job/*' '!*/prog/*'", does: 'jobs without their progress' },
      { command: "tocsin tail salt/job/ --where 'data.retcode <> 0'", does: 'returns of failed jobs' },
      { command: 'tocsin tail host/ --from -10m', does: 'the last ten minutes of host events, then live' },
      {
        command: 'tocsin tail --edges site=fra --severity error',
        does: 'errors at all edge hubs with this label, as they happen',
      },
      { command: 'tocsin tail --format json | jq .data', does: 'for other programs: one CloudEvent a line' },
      {
        command: 'tocsin tail --consumer billing --format json',
        does: 'share the work of a durable consumer; events are acknowledged once they are printed',
      },
    ],
  })
  conditionOptions(command)
  rangeOptions(command, { usual: 'now' })
  lastOption(command, { usual: '10 on a terminal, else none' })
  command.addOption(sharedOption('--follow', { short: '-f', note: 'tail always does' }).hideHelp())
  grepOptions(command)
  edgesOption(command, ['consumer'])
  formatOptions(command)
  countOption(command)
  durationOption(command)
  strictOption(command)
  command
    .addOption(sharedOption('--lag').choices(['catch-up', 'skip', 'disconnect']).default('catch-up'))
    .addOption(sharedOption('--consumer', { note: 'the hub keeps the position' }))
  hubOptions(command)
  command.action(async (filters: string[], options: TailOptions) => {
    const { streamEvents } = await import('../../hub/stream-events.js')
    await streamEvents(io, { usualLast: USUAL_LAST, ...options, filters, ends: false })
  })
}
