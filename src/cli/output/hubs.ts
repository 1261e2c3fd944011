import type { AskedHub, ClusterNode, ClusterOverview, HubStatus } from '../../methods/contract/index.js'
import { formatCount, formatSpan, plural } from '../terminal/figures.js'
import type { Column } from '../terminal/table.js'

/** A row of one hub of several. */
export type OfHub<Row> = Row & { hub?: string }

/** The columns, after one with the hub if the rows are of several hubs. */
export function withHubColumn<Row>(
  columns: readonly Column<Row>[],
  rows: readonly OfHub<Row>[],
): readonly Column<OfHub<Row>>[] {
  if (rows.every(({ hub }) => hub === undefined)) return columns
  return [{ title: 'HUB', text: ({ hub = '' }) => hub }, ...columns]
}

/** Rows of one kind: those of all hubs if all were asked, or of this one. */
export function rowsOfHubs<Row extends object>(
  status: HubStatus,
  overview: ClusterOverview | undefined,
  rowsOf: (status: HubStatus) => readonly Row[],
): OfHub<Row>[] {
  if (overview === undefined) return [...rowsOf(status)]
  return overview.hubs.flatMap(({ hub, status: own }) =>
    own === undefined ? [] : rowsOf(own).map((row) => ({ ...row, hub })),
  )
}

/** Describes the gaps in a list of all hubs, one line each. `what` names the entries, such as subscribers. */
export function missingText({ hub, fault, code, omitted = 0 }: AskedHub, what: string): string | undefined {
  if (fault !== undefined) return `the ${what} of ${hub} are missing: ${fault} (${code})`
  if (omitted > 0) return `${plural(omitted, 'row')} of ${hub} left out, those that are the least behind`
  return undefined
}

/** A hub of the cluster: what all know of it, and how it is if it has said so. */
export interface HubRow extends Omit<ClusterNode, 'role' | 'position'> {
  role: ClusterNode['role'] | 'silent'
  position?: number
  status?: HubStatus
}

export function hubRows({ cluster, hubs }: ClusterOverview): HubRow[] {
  const statusOf = (name: string) => hubs.find(({ hub }) => hub === name)?.status
  const silent = (cluster.silent ?? []).map(({ name, address }) => {
    return { name, address, role: 'silent' as const, version: UNKNOWN, lag: 0 }
  })
  return [...cluster.nodes.map((node) => ({ ...node, status: statusOf(node.name) })), ...silent]
}

const UNKNOWN = '?'

/** The columns about the state of a hub, beside the facts that every hub knows of it. */
export const hubStateColumns: readonly Column<HubRow>[] = [
  { title: 'UP', text: known(({ now, started }) => formatSpan(now - started)), right: true },
  {
    title: 'SUBSCRIBERS',
    text: known(
      ({ subscribers, behind }) => `${formatCount(subscribers)}${behind > 0 ? `, ${behind} behind` : ''}`,
    ),
    right: true,
  },
  { title: 'ACCEPTED', text: known(({ events }) => formatCount(events.accepted)), right: true },
  { title: 'DELIVERED', text: known(({ events }) => formatCount(events.delivered)), right: true },
]

function known(text: (status: HubStatus) => string): (row: HubRow) => string {
  return ({ status }) => (status === undefined ? UNKNOWN : text(status))
}
