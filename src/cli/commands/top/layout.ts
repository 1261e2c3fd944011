import { formatTime } from '../../../event/position.js'
import type { HubStatus, Stall, SubscriberInfo } from '../../../methods/contract/index.js'
import { stallText } from '../../output/answers.js'
import { type HubRow, hubRows, hubStateColumns, rowsOfHubs, withHubColumn } from '../../output/hubs.js'
import { eventLine } from '../../output/line.js'
import { type Colors, noColors } from '../../terminal/colors.js'
import { formatBytes, formatCount, formatRate, formatSpan, plural } from '../../terminal/figures.js'
import { type Column, tableLines } from '../../terminal/table.js'
import { cut, displayWidth, escapeText, padEnd } from '../../terminal/text.js'
import { sourceColumns } from '../inspect/status.js'
import { subscriberColumns } from '../inspect/subscriber-columns.js'
import type { TopState } from './state.js'
import type { TagOrder, TagRate } from './tag-rates.js'

export interface Size {
  columns: number
  rows: number
}

const SIDE_BY_SIDE = 110
const MIN_EVENTS = 5
const RECENT_MICROS = 60e6

/** The screen as lines, at max `rows`, none wider than `columns`. */
export function renderTop(state: TopState, size: Size, colors: Colors): string[] {
  const foot = footLine(state, size, colors)
  if (state.detail) return fill(detailLines(state.detail, size), size.rows - 1, [foot])
  const head = [headLine(state, size, colors), '']
  const room = Math.max(0, size.rows - head.length - MIN_EVENTS - 2)
  const tables = [
    ...hubLines(state, size, colors),
    ...ratesAndSources(state, size, colors),
    subscriberLines(state, size, colors),
  ]
  const upper = [...head, ...stacked(tables, room)]
  const events = eventLines(
    state,
    { columns: size.columns, rows: Math.max(0, size.rows - upper.length - 1) },
    colors,
  )
  return fill([...upper, ...events], size.rows - 1, [foot])
}

/** The tables that fit, one below the other: each with its title and at least one row, or not at all. */
function stacked(tables: readonly (readonly string[])[], room: number): string[] {
  const lines: string[] = []
  for (const table of tables) {
    const shown = table.slice(0, room - lines.length - 1)
    if (shown.length > 1) lines.push(...shown, '')
  }
  return lines
}

/** Returns the number of events that the screen has room for. */
export function eventRows(state: TopState, size: Size, colors: Colors): number {
  const lines = renderTop({ ...state, detail: undefined }, size, colors)
  const title = lines.findIndex((line) => line.includes(EVENTS_TITLE))
  return Math.max(1, lines.length - title - 2)
}

const EVENTS_TITLE = 'EVENTS'

function fill(lines: string[], rows: number, last: string[]): string[] {
  const missing = Math.max(0, rows - lines.length)
  return [...lines.slice(0, rows), ...Array<string>(missing).fill(''), ...last]
}

function headLine(state: TopState, { columns }: Size, colors: Colors): string {
  const { status, overview, perSecond, trouble } = state
  if (trouble !== undefined) return colors.red(cut(`tocsin  ${escapeText(trouble)}`, columns))
  if (status === undefined) return cut('tocsin  …', columns)
  const parts = [
    `tocsin ${status.name}`,
    `up ${formatSpan(status.now - status.started)}`,
    `${formatRate(perSecond)} events/s`,
    subscriberText(state),
    logText(status),
    ...(status.disk ? [`disk ${formatBytes(status.disk.free)} free`] : []),
    `memory ${formatBytes(status.memory.rss)}`,
  ]
  const stall = recentStall(status)
  if (stall !== undefined) parts.splice(1, 0, `stalled ${stallText(stall)}`)
  const [problem] = overview?.problems ?? []
  if (problem !== undefined) parts.splice(1, 0, problem.text)
  const line = cut(escapeText(parts.join('   ')), columns)
  return status.log.fault || stall || problem ? colors.red(line) : colors.bold(line)
}

function subscriberText({ status, overview }: TopState): string {
  const hubs = overview?.hubs.flatMap(({ status: own }) => own ?? []) ?? (status ? [status] : [])
  const sum = (count: (hub: HubStatus) => number) => hubs.reduce((total, hub) => total + count(hub), 0)
  const behind = sum((hub) => hub.behind)
  return `${plural(
    sum((hub) => hub.subscribers),
    'subscriber',
  )}${behind > 0 ? `, ${behind} behind` : ''}`
}

/** The last stall of the event loop, if it was within the last minute. */
function recentStall({ loop, now }: HubStatus): Stall | undefined {
  return loop?.last !== undefined && now - loop.last.time < RECENT_MICROS ? loop.last : undefined
}

function logText({ log }: HubStatus): string {
  const fault = log.fault ? ` ${log.fault.code}` : ''
  return `log ${formatBytes(log.bytes)}${fault}`
}

/** The hubs of the cluster; those that do not say how they are stand out. */
function hubLines(
  { overview, hubRates = new Map() }: TopState,
  { columns, rows }: Size,
  colors: Colors,
): string[][] {
  if (overview === undefined) return []
  const shown = hubRows(overview).slice(0, Math.max(3, Math.floor(rows / 6)))
  const [title, ...lines] = tableLines(hubColumns(hubRates), shown, columns)
  return [
    [
      colors.bold(title),
      ...lines.map((line, at) => (shown[at].status === undefined ? colors.red(line) : line)),
    ],
  ]
}

function hubColumns(rates: ReadonlyMap<string, number>): readonly Column<HubRow>[] {
  const rate = ({ name }: HubRow) => {
    const perSecond = rates.get(name)
    return perSecond === undefined ? '?' : formatRate(perSecond)
  }
  return [
    { title: 'HUB', text: ({ name }) => name },
    { title: 'ROLE', text: ({ role }) => role },
    { title: 'EVENTS/S', text: rate, right: true },
    ...hubStateColumns,
    { title: 'LAG', text: ({ lag }) => formatCount(lag), right: true },
  ]
}

function ratesAndSources(state: TopState, { columns, rows }: Size, colors: Colors): string[][] {
  const max = Math.max(2, Math.floor(rows / 4))
  const beside = columns >= SIDE_BY_SIDE
  const half = beside ? Math.floor((columns - 3) / 2) : columns
  const tags = tagLines(state, max, half, colors)
  const now = state.status?.now ?? 0
  const all = state.status === undefined ? [] : rowsOfHubs(state.status, state.overview, (hub) => hub.sources)
  const shown = all.slice(0, max)
  const sources = titled(tableLines(withHubColumn(sourceColumns(now), shown), shown, half), colors)
  if (!beside) return [tags, sources]
  const lines = Math.max(tags.length, sources.length)
  return [
    Array.from({ length: lines }, (_, at) =>
      `${paddedTo(tags[at] ?? '', half)}   ${sources[at] ?? ''}`.trimEnd(),
    ),
  ]
}

function tagLines({ tags, tag, order }: TopState, max: number, columns: number, colors: Colors): string[] {
  const chosen = tag === undefined ? undefined : tags.findIndex(({ prefix }) => prefix === tag)
  const first = chosen === undefined ? 0 : Math.max(0, Math.min(tags.length - max, chosen - (max >> 1)))
  const lines = titled(tableLines(tagColumns(order), tags.slice(first, first + max), columns), colors)
  return lines.map((line, at) =>
    at > 0 && first + at - 1 === chosen ? colors.inverse(padEnd(line, columns)) : line,
  )
}

/** Pads to a width, without counting colour sequences. */
function paddedTo(line: string, columns: number): string {
  const plain = line.replace(/\x1b\[[0-9;]*m/g, '')
  return line + ' '.repeat(Math.max(0, columns - displayWidth(plain)))
}

/** The title of the column that the rows are sorted by has a mark. */
function tagColumns(order: TagOrder): readonly Column<TagRate>[] {
  const title = (text: string, by: TagOrder) => (order === by ? `${text}${by === 'name' ? '▴' : '▾'}` : text)
  return [
    { title: title('TAGS', 'name'), text: ({ prefix }) => prefix, flexible: true },
    { title: title('EVENTS/S', 'rate'), text: ({ perSecond }) => formatRate(perSecond), right: true },
    { title: title('SEEN', 'count'), text: ({ total }) => formatCount(total), right: true },
  ]
}

function subscriberLines(
  { subscribers, status }: TopState,
  { columns, rows }: Size,
  colors: Colors,
): string[] {
  const max = Math.max(2, Math.floor(rows / 5))
  const shown = subscribers.toSorted((a, b) => b.lagEvents - a.lagEvents).slice(0, max)
  const wide = ['POSITION', 'POLICY', 'DELIVERED', 'PRINCIPAL', 'ADDRESS']
  const all = withHubColumn(subscriberColumns(shown, status?.now ?? 0), shown)
  const [title, ...lines] = tableLines(
    columns >= SIDE_BY_SIDE ? all : all.filter((column) => !wide.includes(column.title)),
    shown,
    columns,
  )
  return [colors.bold(title), ...lines.map((line, at) => (isSlow(shown[at]) ? colors.red(line) : line))]
}

function isSlow({ slowSince }: SubscriberInfo): boolean {
  return slowSince !== undefined
}

function titled([title, ...lines]: string[], colors: Colors): string[] {
  return [colors.bold(title), ...lines]
}

function eventLines(state: TopState, { columns, rows }: Size, colors: Colors): string[] {
  const { events, chosen } = state
  const room = rows - 1
  if (room < 1) return []
  const first = firstShown(events.length, chosen, room)
  const view = { columns: () => columns, ...(state.displayOf && { displayOf: state.displayOf }) }
  const lines = events.slice(first, first + room).map((event, at) => {
    if (first + at !== chosen) return eventLine(event, { ...view, colors })
    const plain = eventLine(event, { ...view, colors: noColors })
    return colors.inverse(padEnd(plain, columns))
  })
  return [eventsTitle(state, columns, colors), ...lines]
}

/** The index of the first event to show: the newest ones are visible, and always the chosen one. */
export function firstShown(count: number, chosen: number | undefined, room: number): number {
  const newest = Math.max(0, count - room)
  if (chosen === undefined) return newest
  return Math.max(0, Math.min(newest, chosen - Math.floor(room / 2)))
}

function eventsTitle({ frozen, filter }: TopState, columns: number, colors: Colors): string {
  const what = filter === '' ? '' : `  ${escapeText(filter)}`
  if (!frozen) return colors.bold(cut(`${EVENTS_TITLE}${what}`, columns))
  const since = formatTime(frozen.since).slice(11, 19)
  return colors.yellow(
    cut(`${EVENTS_TITLE}${what}  frozen: ${formatCount(frozen.missed)} more since ${since}`, columns),
  )
}

function detailLines(
  { lines, top }: { lines: readonly string[]; top: number },
  { columns, rows }: Size,
): string[] {
  return lines.slice(top, top + rows - 1).map((line) => cut(escapeText(line), columns))
}

function footLine(state: TopState, { columns }: Size, colors: Colors): string {
  const { prompt, message, detail, frozen, tag } = state
  if (prompt !== undefined) return cut(`filter: ${escapeText(prompt)}█`, columns)
  if (message !== undefined) return colors.yellow(cut(escapeText(message), columns))
  return colors.dim(cut(keysFor({ detail, frozen, tag }), columns))
}

/** The most useful keys first: a narrow terminal shows no more than these. */
function keysFor({ detail, frozen, tag }: Pick<TopState, 'detail' | 'frozen' | 'tag'>): string {
  if (detail) return '↑↓ scroll   Enter back   q quit'
  if (tag !== undefined) return '↑↓ choose   Enter filter by it   s sort   Tab events   q quit'
  return `/ filter   space ${frozen ? 'follow' : 'freeze'}   ↑↓ choose   Enter detail   ? help   q quit   d diff   y copy   Tab tags   s sort`
}
