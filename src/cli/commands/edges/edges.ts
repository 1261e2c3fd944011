import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import { type HubChoice, hubChoiceOptions, type ReportOptions, reportOptions } from '../../help/options.js'
import type { Io } from '../../io.js'
import { edgeSection, edgesInAll } from '../../output/edges.js'
import { rowsOfHubs } from '../../output/hubs.js'
import { report } from '../../output/report.js'

export function defineEdges(program: Command, io: Io): void {
  const edges = define(program, 'edges', 'Show the edge hubs that forward to this hub', {
    group: groups.inspect,
    notes: [
      'An edge hub that is away is remembered, over restarts too: answers name it as missing, and `tocsin_edge_up` is 0. It is forgotten after `edges.forgetAfter`, or with `tocsin edges remove`.',
    ],
    examples: [
      { command: 'tocsin edges', does: 'which are away, and what waits at the others' },
      { command: 'tocsin edges remove ship7', does: 'one that does not come back' },
    ],
  })
  defineList(edges, io)
  defineForget(edges, io)
}

function defineList(edges: Command, io: Io): void {
  const command = define(edges, 'list', 'List edge hubs, those that are away first', {
    isDefault: true,
    examples: [
      {
        command: 'tocsin edges list --format json | jq -r \'select(.state == "down") | .name\'',
        does: 'names of those that are away',
      },
    ],
  })
  reportOptions(hubChoiceOptions(command)).action(async (options: ReportOptions & HubChoice) => {
    const [{ withHub }, { askState }] = await Promise.all([
      import('../../hub/connect.js'),
      import('../../hub/hub-state.js'),
    ])
    const { status, overview } = await withHub(io, options, (client) => askState(io, client, options))
    const rows = rowsOfHubs(status, overview, (hub) => hub.edges ?? [])
    await report(io, options.format, rows, () =>
      edgeSection(rows, edgesInAll(status, overview), status.now, io.out.columns).slice(1),
    )
  })
}

function defineForget(edges: Command, io: Io): void {
  const command = define(edges, 'remove <names...>', 'Forget edge hubs that do not come back', {
    changes: true,
    notes: ['Only edge hubs that are away. One that connects again is known again.'],
    examples: [{ command: 'tocsin edges remove ship7 ship8', does: 'answers are whole without them' }],
  })
  reportOptions(command).action(async (names: string[], options: ReportOptions) => {
    const { ask } = await import('../../hub/connect.js')
    const { forgotten } = await ask(io, options, 'edges.forget', { names })
    await report(io, options.format, forgotten, () =>
      forgotten.map(({ name, principal }) => `${name} of ${principal} is forgotten`),
    )
  })
}
