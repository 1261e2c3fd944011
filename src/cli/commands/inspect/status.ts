import type { Command } from 'commander'
import type { HubStatus, LoopInfo, SinkState, SourceInfo } from '../../../methods/contract/index.js'
import { define, groups } from '../../help/define.js'
import {
  type EdgeOptions,
  edgesOption,
  type HubChoice,
  hubChoiceOptions,
  type ReportOptions,
  reportOptions,
} from '../../help/options.js'
import type { HubState } from '../../hub/hub-state.js'
import type { Io } from '../../io.js'
import { aheadText, logFacts, longTurnsText, partFaultText, stallText } from '../../output/answers.js'
import { cgroupsText } from '../../output/cgroups.js'
import { clusterText, nodeColumns } from '../../output/cluster.js'
import { edgeSection, edgesInAll, isUpstream, upstreamColumns } from '../../output/edges.js'
import { hubRows, hubStateColumns, type OfHub, rowsOfHubs, withHubColumn } from '../../output/hubs.js'
import { report } from '../../output/report.js'
import { faultyRuleColumns, faultyRules, rulesText } from '../../output/rules.js'
import { formatBytes, formatCount, formatSpan, plural } from '../../terminal/figures.js'
import { type Column, factLines, tableLines } from '../../terminal/table.js'
import { escapeText } from '../../terminal/text.js'

export function defineStatus(program: Command, io: Io): void {
  const command = define(program, 'status', 'Show the state of the hub: log, sources, subscribers', {
    group: groups.inspect,
    notes: [
      'In a cluster, the hubs, sources, sinks and edge hubs of all hubs are shown with the name of their HUB, and what is wrong in the cluster; the other lines are about the hub that was asked.',
    ],
    examples: [
      { command: 'tocsin status', does: 'the whole hub at a glance' },
      { command: 'tocsin status --format json | jq .log.last', does: 'the number of the last event' },
      { command: "tocsin status --edges 'web*'", does: 'a line for each of these edge hubs, from itself' },
    ],
  })
  reportOptions(edgesOption(hubChoiceOptions(command), ['hub', 'here']))
  command.action(async (options: ReportOptions & HubChoice & EdgeOptions) => {
    const { edges } = options
    if (edges === undefined) return showStatus(io, options)
    const { showEdgeStates } = await import('../../output/edge-states.js')
    return showEdgeStates(io, { ...options, edges })
  })
}

async function showStatus(io: Io, options: ReportOptions & HubChoice): Promise<void> {
  const [{ withHub }, { askState }] = await Promise.all([
    import('../../hub/connect.js'),
    import('../../hub/hub-state.js'),
  ])
  const state = await withHub(io, options, (client) => askState(io, client, options))
  const { status, overview } = state
  const { hubs, problems } = overview ?? {}
  await report(io, options.format, [overview ? { ...status, hubs, problems } : status], () =>
    statusLines(state, io.out.columns),
  )
}

function statusLines({ status, overview }: HubState, width?: number): string[] {
  const { events, memory, disk, log } = status
  const facts = factLines(
    [
      [
        'hub',
        `tocsin ${status.version}, pid ${status.pid}, up ${formatSpan(status.now - status.started)}, Node.js ${status.node}`,
      ],
      ...status.listeners.map(
        (at) => [at.face, `${at.address}, ${plural(at.connections, 'connection')}`] as const,
      ),
      ['configuration', status.config ?? 'defaults'],
      ['data', status.data],
      [
        'events',
        `${formatCount(events.accepted)} accepted, ${formatCount(events.delivered)} delivered, ${formatCount(events.refused)} refused`,
      ],
      ['subscribers', `${status.subscribers}${status.behind > 0 ? `, ${status.behind} behind` : ''}`],
      ['publishers', String(status.publishers)],
      [
        'consumers',
        `${status.consumers}${status.parked > 0 ? `, ${plural(status.parked, 'parked event')}` : ''}`,
      ],
      ['rules', rulesText(status.rules ?? [])],
      ['jobs', status.jobs && cgroupsText(status.jobs.cgroups)],
      ...logFacts(log),
      ['cluster', status.cluster && clusterText(status.cluster)],
      ['fault', overview === undefined ? status.cluster?.fault : undefined],
      ...(overview?.problems ?? []).map(({ text }) => ['problem', text] as const),
      ...notesOf(overview === undefined ? status : undefined),
      ['clock', aheadText(log, status.now)],
      ...(status.faults ?? []).map((fault) => ['failed', partFaultText(fault, status.now)] as const),
      ...(status.damage ?? []).map((text) => ['damage', text] as const),
      ['disk', disk && `${formatBytes(disk.free)} free of ${formatBytes(disk.total)}`],
      ['event loop', loopText(status.loop, status.now)],
      ['long turns', longTurnsText(status.loop?.turns, status.now)],
      ['memory', formatBytes(memory.rss)],
    ],
    width,
  )
  const { cluster, now } = status
  const sources = rowsOfHubs(status, overview, (hub) => hub.sources)
  const sinks = rowsOfHubs(status, overview, (hub) => hub.sinks ?? [])
  const rules = rowsOfHubs(status, overview, (hub) => faultyRules(hub.rules ?? []))
  const { text } = status.headline ?? {}
  return [
    ...(text === undefined ? [] : [escapeText(text), '']),
    ...facts,
    ...(overview === undefined
      ? section(nodeColumns, cluster?.nodes ?? [], width)
      : section(
          [...nodeColumns.slice(0, -1), ...hubStateColumns, ...nodeColumns.slice(-1)],
          hubRows(overview),
          width,
        )),
    ...section(
      sourceColumns(now),
      sources.filter((source) => !isUpstream(source)),
      width,
    ),
    ...section(upstreamColumns(now), sources.filter(isUpstream), width),
    ...edgeSection(
      rowsOfHubs(status, overview, (hub) => hub.edges ?? []),
      edgesInAll(status, overview),
      now,
      width,
    ),
    ...section(sinkColumns(now), sinks, width),
    ...section(faultyRuleColumns(now), rules, width),
  ]
}

function section<Row>(
  columns: readonly Column<Row>[],
  rows: readonly OfHub<Row>[],
  width?: number,
): string[] {
  return rows.length === 0 ? [] : ['', ...tableLines(withHubColumn(columns, rows), rows, width)]
}

/** Nothing while all is well, or from a hub of an earlier version. */
function loopText(loop: LoopInfo | undefined, now: number): string | undefined {
  if (loop?.last === undefined || loop.worst === undefined) return undefined
  const { stalls, last, worst } = loop
  const ago = formatSpan(Math.max(0, now - last.time))
  const longest = stalls === 1 ? '' : `; the longest ${stallText(worst)}`
  return `${plural(stalls, 'stall')} over 100 ms, the last ${ago} ago: ${stallText(last)}${longest}`
}

function sinkColumns(now: number): readonly Column<SinkState>[] {
  return [
    { title: 'SINK', text: (row) => row.name },
    { title: 'STATE', text: (row) => row.state },
    { title: 'SINCE', text: (row) => formatSpan(now - row.since), right: true },
    { title: 'DELIVERED', text: (row) => formatCount(row.delivered), right: true },
    { title: 'PARKED', text: (row) => formatCount(row.parked), right: true },
    { title: 'REASON', text: (row) => row.reason ?? '', flexible: true },
  ]
}

export function sourceColumns(now: number): readonly Column<SourceInfo>[] {
  return [
    { title: 'SOURCE', text: (row) => row.name },
    { title: 'STATE', text: (row) => row.state },
    { title: 'SINCE', text: (row) => formatSpan(now - row.since), right: true },
    {
      title: 'LAST EVENT',
      text: (row) => (row.lastEvent === undefined ? 'never' : `${formatSpan(now - row.lastEvent)} ago`),
      right: true,
    },
    { title: 'EVENTS', text: (row) => formatCount(row.events), right: true },
    { title: 'LOST', text: (row) => formatCount(row.lost), right: true },
    { title: 'REASON', text: (row) => row.reason ?? '', flexible: true },
  ]
}

/** The notes of a hub that knows no problems of a cluster, which would say the same. */
function notesOf(status: HubStatus | undefined) {
  return (status?.cluster?.notes ?? []).map((text) => ['note', text] as const)
}
