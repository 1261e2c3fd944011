import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import { type HubChoice, hubChoiceOptions, type ReportOptions, reportOptions } from '../../help/options.js'
import type { Io } from '../../io.js'
import { missingText, withHubColumn } from '../../output/hubs.js'
import { report } from '../../output/report.js'
import { tableLines } from '../../terminal/table.js'
import { subscriberColumns } from './subscriber-columns.js'

export function defineWho(program: Command, io: Io): void {
  const command = define(program, 'who', 'List subscribers with their filters, positions and lag', {
    group: groups.inspect,
    notes: [
      'The subscribers with the largest lag come first. SLOW shows for how long a subscriber has been served from the log because it does not keep up. Columns that say nothing are left out: BEHIND and SLOW if all keep up; PRINCIPAL, POLICY and the whole ADDRESS if they are the same for all. In a cluster, the subscribers of all hubs are shown with the name of their HUB; a hub that does not answer is named on standard error.',
    ],
    examples: [
      { command: 'tocsin who', does: 'which programs listen, and which are too slow' },
      {
        command: "tocsin who --format json | jq -r 'select(.lagEvents > 1000) | .label'",
        does: 'names of the subscribers that are more than 1000 events behind',
      },
    ],
  })
  reportOptions(hubChoiceOptions(command))
  command.action((options: ReportOptions & HubChoice) => showSubscribers(io, options))
}

async function showSubscribers(io: Io, { hub, here, ...options }: ReportOptions & HubChoice): Promise<void> {
  const { ask } = await import('../../hub/connect.js')
  const chosen = { ...(hub !== undefined && { hub }), ...(here && { here }) }
  const { subscribers, hubs = [] } = await ask(io, options, 'subscribers.list', chosen)
  const missing = hubs.flatMap((asked) => missingText(asked, 'subscribers') ?? [])
  const rows = subscribers.toSorted((a, b) => b.lagEvents - a.lagEvents)
  const now = Date.now() * 1000
  await report(io, options.format, rows, () =>
    rows.length === 0
      ? [
          missing.length === 0
            ? 'nobody is subscribed'
            : 'nobody is subscribed at the hubs that have answered',
        ]
      : tableLines(withHubColumn(subscriberColumns(rows, now), rows), rows, io.out.columns),
  )
  for (const text of missing) io.note(text)
}
