import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import {
  conditionOptions,
  type HubChoice,
  type HubOptions,
  hubChoiceOptions,
  hubOptions,
  type WhereOptions,
} from '../../help/options.js'
import type { Io } from '../../io.js'

export function defineTop(program: Command, io: Io): void {
  const command = define(
    program,
    'top [filter...]',
    'Watch rates, sources, subscribers and events on one screen',
    {
      group: groups.inspect,
      notes: [
        'It begins with the last 50 events that match. Keys: / sets a filter, the space bar freezes the events without losing any, up and down select one, Enter shows it in full, ? lists all keys, q quits. In a cluster, the hubs, and the sources and subscribers of all hubs, are shown with the name of their HUB.',
      ],
      examples: [
        { command: 'tocsin top', does: 'everything' },
        { command: 'tocsin top salt/', does: 'only events of Salt' },
        { command: 'tocsin top --severity warning', does: 'only warnings and worse' },
      ],
    },
  )
  conditionOptions(command)
  hubOptions(hubChoiceOptions(command))
  command.action(async (filters: string[], options: HubOptions & HubChoice & WhereOptions) => {
    const { runTop } = await import('./screen.js')
    await runTop(io, filters, options)
  })
}
