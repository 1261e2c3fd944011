import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import { reportOptions } from '../../help/options.js'
import type { Io } from '../../io.js'
import type { DiffOptions } from './diff-events.js'

export function defineDiff(program: Command, io: Io): void {
  const command = define(program, 'diff <cursor>', 'Compare an event with the previous one of its kind', {
    group: groups.inspect,
    notes: [
      'The previous event is the last one with the same tag or, if there is none, the last one of the same type with the same correlation keys (see docs/reference/event-types.md).',
    ],
    examples: [
      { command: 'tocsin diff k3x9f2-4711', does: 'which fields were added, removed or changed' },
      {
        command: 'tocsin diff k3x9f2-4711 --with k3x9f2-12 --format json',
        does: 'these two events, as JSON for a program',
      },
    ],
  })
  command.option('--with <cursor>', 'the event to compare with, instead of the previous one')
  reportOptions(command)
  command.action(async (cursor: string, options: DiffOptions) => {
    const { diffEvents } = await import('./diff-events.js')
    await diffEvents(io, cursor, options)
  })
}
