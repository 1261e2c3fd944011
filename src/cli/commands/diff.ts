import type { Command } from 'commander'
import { define } from '../define.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import { type HubOptions, reportOptions } from '../options.js'

export interface DiffOptions extends HubOptions {
  format?: string
  /** Cursor of the other event. */
  with?: string
}

export function defineDiff(program: Command, io: Io): void {
  const command = define(program, 'diff <cursor>', 'what changed since the event of its kind before', {
    group: groups.look,
    notes: [
      'The event before is the last one with the same tag, else the last one of the same type with the same correlation keys (see docs/reference/event-types.md).',
    ],
    examples: [
      { command: 'tocsin diff k3x9f2-4711', does: 'fields added, removed and changed' },
      {
        command: 'tocsin diff k3x9f2-4711 --with k3x9f2-12 --format json',
        does: 'between these two, for a program',
      },
    ],
  })
  command.option('--with <cursor>', 'compare with this event instead')
  reportOptions(command)
  command.action(async (cursor: string, options: DiffOptions) => {
    const { diffEvents } = await import('../diff-events.js')
    await diffEvents(io, cursor, options)
  })
}
