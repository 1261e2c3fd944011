import type { Command } from 'commander'
import type { LagPolicy } from '../../bus/api.js'
import { choiceOption } from '../choice.js'
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

interface TailOptions extends StreamOptions {
  lag?: LagPolicy
  consumer?: string
}

export function defineTail(program: Command, io: Io): void {
  const command = define(program, 'tail [filter...]', 'follow events as they happen', {
    group: groups.events,
    // Its position moves with what is acknowledged.
    changes: ({ consumer }) => consumer !== undefined,
    notes: [
      'With --from it first replays what is in the log, then goes on live: nothing is missing or doubled between.',
    ],
    examples: [
      { command: 'tocsin tail', does: 'everything from now on' },
      { command: "tocsin tail 'salt/job/*' '!*/prog/*'", does: 'jobs without their progress' },
      {
        command: "tocsin tail salt/job/ --where 'data.retcode <> 0'",
        does: 'returns of jobs that failed, by a condition in SQL',
      },
      { command: 'tocsin tail host/ --from -10m', does: 'the last ten minutes of host events, then live' },
      { command: 'tocsin tail --format json | jq .data', does: 'for other programs: one CloudEvent a line' },
      {
        command: 'tocsin tail --consumer billing --format json',
        does: 'share the work of a durable consumer; written is acknowledged',
      },
    ],
  })
  whereOption(command)
  rangeOptions(command, 'where to begin; see tocsin help range (default: now)', undefined)
  formatOptions(command)
  countOption(command, 'end after so many events')
  strictOption(command)
  command
    .addOption(
      choiceOption(
        '--lag <policy>',
        'what happens when this program is slow',
        ['catch-up', 'skip', 'disconnect'],
        'catch-up',
      ),
    )
    .option('--consumer <name>', 'as a durable consumer: the hub keeps the position')
  hubOptions(command, 'end after this time, such as 30s; exit code 5 when nothing came')
  command.action(async (filters: string[], options: TailOptions) => {
    const { streamEvents } = await import('../stream-events.js')
    await streamEvents(io, { ...options, filters, ends: false })
  })
}
