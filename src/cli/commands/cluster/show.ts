import type { ClusterReport, NatsReport } from '../../../methods/contract/index.js'
import { Exit } from '../../help/exit-codes.js'
import type { ReportOptions } from '../../help/options.js'
import { ask } from '../../hub/connect.js'
import { Ending, type Io } from '../../io.js'
import { clusterText, nodeColumns } from '../../output/cluster.js'
import { report } from '../../output/report.js'
import { formatBytes, formatCount, formatSpan, plural } from '../../terminal/figures.js'
import { type Column, factLines, tableLines } from '../../terminal/table.js'

/** Another hub needs some seconds, and at most half a minute, to be the primary. */
const STEP_DOWN_MS = 45_000

export async function showCluster(io: Io, options: ReportOptions): Promise<void> {
  const found = await ask(io, options, 'cluster.status', {})
  await report(io, options.format, [found], () => {
    for (const note of found.nats.notes) io.note(note)
    return clusterLines(found, io.out.columns)
  })
  if (!isWhole(found)) throw new Ending(Exit.failed)
}

export async function showNodes(io: Io, options: ReportOptions): Promise<void> {
  const { nodes } = await ask(io, options, 'cluster.status', {})
  await report(io, options.format, nodes, () => tableLines(nodeColumns, nodes, io.out.columns))
}

export async function stepDown(io: Io, options: ReportOptions): Promise<void> {
  const found = await ask(io, { timeout: STEP_DOWN_MS, ...options }, 'cluster.stepDown', {})
  const { before, primary, term } = found
  await report(io, options.format, [found], () => [
    before === primary
      ? `${primary} is the primary again, in term ${term}: no other hub was ready`
      : `${primary} is the primary in place of ${before}, in term ${term}`,
  ])
}

function isWhole({ primary, nats }: ClusterReport): boolean {
  const isCurrent = nats.followers.every(({ state }) => state === 'current')
  return primary !== undefined && nats.fault === undefined && nats.unled === undefined && isCurrent
}

function clusterLines(found: ClusterReport, width?: number): string[] {
  const { nats, nodes } = found
  const servers = serversOf(nats)
  return [
    ...factLines(
      [
        ['cluster', clusterText(found)],
        ['fault', found.fault],
        ['nats', `version ${nats.version} at ${nats.server}`],
        ['stream', streamText(nats)],
        ['no answer', nats.fault],
      ],
      width,
    ),
    '',
    ...tableLines(nodeColumns, nodes, width),
    ...(servers.length === 0 ? [] : ['', ...tableLines(serverColumns, servers, width)]),
  ]
}

function streamText({ stream, replicas = 0, events, bytes = 0 }: NatsReport): string {
  if (events === undefined) return stream
  return `${stream}, ${plural(events, 'message')}, ${formatBytes(bytes)}, ${plural(replicas, 'replica')}`
}

interface ServerRow {
  name: string
  role: string
  lag: number
  silent?: number
}

function serversOf({ leader, followers, unled = [] }: NatsReport): ServerRow[] {
  const others = followers.map(({ name, state, lag, silent }) => ({ name, role: state, lag, silent }))
  if (unled.length > 0) return unled.map((name) => ({ name, role: 'no leader', lag: 0 }))
  return leader === undefined ? others : [{ name: leader, role: 'leader', lag: 0 }, ...others]
}

const serverColumns: readonly Column<ServerRow>[] = [
  { title: 'NATS SERVER', text: (row) => row.name },
  { title: 'STATE', text: (row) => row.role },
  { title: 'LAG', text: (row) => formatCount(row.lag), right: true },
  { title: 'HEARD OF', text: (row) => (row.silent === undefined ? '' : `${formatSpan(row.silent)} ago`) },
]
