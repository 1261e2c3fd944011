import type { ClusterOverview, EdgeInfo, HubStatus, SourceInfo } from '../../methods/contract/index.js'
import { formatCount, formatSpan, plural } from '../terminal/figures.js'
import { type Column, tableLines } from '../terminal/table.js'
import { type OfHub, rowsOfHubs, withHubColumn } from './hubs.js'

/** Edge hubs that `tocsin status` shows; there may be hundreds. */
const SHOWN = 20

/** Returns whether it forwards events to another hub. */
export function isUpstream({ name }: SourceInfo): boolean {
  return name.startsWith('upstream/')
}

export function upstreamColumns(now: number): readonly Column<SourceInfo>[] {
  return [
    { title: 'UPSTREAM', text: ({ name }) => name.slice('upstream/'.length) },
    { title: 'STATE', text: ({ state }) => state },
    { title: 'SINCE', text: ({ since }) => formatSpan(now - since), right: true },
    { title: 'WAITING', text: ({ details }) => formatCount(numberIn(details.waiting)), right: true },
    { title: 'LAG', text: ({ details }) => lagText(numberIn(details.lag) * 1e6), right: true },
    { title: 'FORWARDED', text: ({ details }) => formatCount(numberIn(details.forwarded)), right: true },
    { title: 'LOST', text: ({ lost }) => formatCount(lost), right: true },
    { title: 'REASON', text: ({ reason }) => reason ?? '', flexible: true },
  ]
}

/** Returns how many edge hubs all hubs of the cluster know. */
export function edgesInAll(status: HubStatus, overview: ClusterOverview | undefined): number {
  const counts = rowsOfHubs(status, overview, ({ edgeCounts }) => (edgeCounts ? [edgeCounts] : []))
  return counts.reduce((sum, { up, down }) => sum + up + down, 0)
}

/** The edge hubs, those that need somebody first. `total`: all that there are. */
export function edgeSection(
  edges: readonly OfHub<EdgeInfo>[],
  total: number,
  now: number,
  width?: number,
): string[] {
  if (edges.length === 0) return []
  const shown = edges.toSorted(byTrouble).slice(0, SHOWN)
  const rest = Math.max(total, edges.length) - shown.length
  const more = rest === 0 ? [] : [`and ${plural(rest, 'other edge hub')}; --format json lists up to 1,000`]
  return ['', ...tableLines(withHubColumn(edgeColumns(now, shown), shown), shown, width), ...more]
}

function byTrouble(a: EdgeInfo, b: EdgeInfo): number {
  return rank(a) - rank(b) || b.waiting - a.waiting || (a.name < b.name ? -1 : 1)
}

function rank({ state }: EdgeInfo): number {
  return state === 'down' ? 0 : 1
}

function edgeColumns(now: number, edges: readonly EdgeInfo[]): readonly Column<EdgeInfo>[] {
  const answers = { title: 'ANSWERS', text: ({ answers }: EdgeInfo) => (answers ? 'yes' : 'no') }
  return [
    { title: 'EDGE', text: ({ name }) => name },
    { title: 'STATE', text: ({ state }) => state },
    { title: 'SINCE', text: ({ since }) => formatSpan(now - since), right: true },
    { title: 'WAITING', text: ({ waiting }) => formatCount(waiting), right: true },
    {
      title: 'LAG',
      text: ({ waitingSince }) => lagText(waitingSince === undefined ? 0 : now - waitingSince),
      right: true,
    },
    { title: 'EVENTS', text: ({ events }) => formatCount(events), right: true },
    { title: 'GAPS', text: ({ gaps }) => formatCount(gaps), right: true },
    ...(edges.some((edge) => edge.answers) ? [answers] : []),
    { title: 'PRINCIPAL', text: ({ principal }) => principal },
    { title: 'ADDRESS', text: ({ address }) => address, flexible: true },
  ]
}

/** Nothing while nothing waits. */
function lagText(micros: number): string {
  return micros <= 0 ? '' : formatSpan(micros)
}

function numberIn(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
