import type { Command } from 'commander'
import { define } from '../define.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import { type HubOptions, hubOptions, type WhereOptions, whereOption } from '../options.js'

export function defineTop(program: Command, io: Io): void {
  const command = define(
    program,
    'top [filter...]',
    'one screen: rates, sources, subscribers, disk, events',
    {
      group: groups.look,
      notes: [
        'Keys: / filter, space freezes the events without losing any, up and down choose one, Enter shows it, q ends.',
      ],
      examples: [
        { command: 'tocsin top', does: 'what happens now' },
        { command: 'tocsin top salt/', does: 'events of Salt only' },
      ],
    },
  )
  whereOption(command)
  hubOptions(command)
  command.action(async (filters: string[], options: HubOptions & WhereOptions) => {
    const { runTop } = await import('../top/run.js')
    await runTop(io, filters, options)
  })
}
