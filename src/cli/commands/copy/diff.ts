import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import { reportOptions } from '../../help/options.js'
import type { Io } from '../../io.js'
import type { DiffOptions } from './diff-events.js'

export function defineDiff(program: Command, io: Io): void {
  const command = define(program, 'diff <event>', 'Compare an event with the previous one of its kind', {
    group: groups.inspect,
    notes: [
      'An event is named by its cursor, by its number as @4711, or from the end: end is the last one, end-2 the last but one.',
      'The previous event is the last one with the same tag or, if there is none, the last one of the same type with the same correlation keys (see docs/reference/event-types.md).',
    ],
    examples: [
      { command: 'tocsin diff @4711', does: 'which fields were added, removed or changed' },
      {
        command: 'tocsin diff @4711 --with @12 --format json',
        does: 'these two events, as JSON for a program',
      },
    ],
  })
  command.option('--with <event>', 'the event to compare with, instead of the previous one')
  reportOptions(command)
  command.action(async (cursor: string, options: DiffOptions) => {
    const { diffEvents } = await import('./diff-events.js')
    await diffEvents(io, cursor, options)
  })
}
