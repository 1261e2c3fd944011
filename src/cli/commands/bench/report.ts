import { hostname } from 'node:os'
import type { HubStatus } from '../../../methods/contract/index.js'
import { wrapText } from '../../help/wrap.js'
import { formatBytes, formatCount, plural } from '../../terminal/figures.js'
import { type Column, tableLines } from '../../terminal/table.js'
import type { Figures } from './figures.js'
import type { RateFigures } from './full-speed.js'
import type { Latencies, LatencyFigures } from './latencies.js'
import type { Plan } from './plan.js'

export interface Run {
  plan: Plan
  figures: Figures
  /** Undefined without the right to see it. */
  status: HubStatus | undefined
  /** It was not interrupted. */
  complete: boolean
}

/** For programs: rates in events a second, latencies in µs. */
export function answerOf({ plan, figures, status, complete }: Run): Record<string, unknown> {
  const { size, publishers, subscribers, pace, duration, prefix } = plan
  return {
    complete,
    hub: status && { version: status.version, node: status.node, engine: status.log.engine },
    settings: { size, publishers, subscribers, pace, duration, prefix },
    receipt: figures.receipt.figures(),
    durable: figures.durable.figures(),
    publish: rateOf(figures.published),
    receive: rateOf(figures.received) && { ...rateOf(figures.received), gaps: figures.gaps },
    replay: rateOf(figures.replayed),
    stored: { events: plan.stored, bytes: plan.stored * plan.eventBytes },
  }
}

function rateOf({
  events,
  took,
}: RateFigures): { events: number; seconds: number; rate: number } | undefined {
  if (events === 0 || took === 0) return undefined
  return { events, seconds: took / 1000, rate: Math.round((events * 1000) / took) }
}

export function reportLines(run: Run, width: number): string[] {
  const { plan, figures, status, complete } = run
  const hub = status && `hub ${status.version}, Node.js ${status.node}, log in ${status.log.engine}; `
  const settings = `${plural(plan.publishers, 'publisher')}, ${plural(plan.subscribers, 'subscriber')}, bodies of ${formatBytes(plan.size)}`
  return [
    ...wrapText(`${hub ?? ''}${settings}`, width).split('\n'),
    '',
    ...tableLines(latencyColumns, latencyRows(figures), width),
    '',
    ...tableLines(rateColumns, rateRows(plan, figures), width),
    '',
    ...wrapText(remarks(run).join('\n\n'), width).split('\n'),
    ...(complete ? [] : ['', 'Interrupted: these are the figures so far.']),
  ]
}

interface LatencyRow {
  name: string
  figures: LatencyFigures | undefined
  missing: string
}

function latencyRows({ receipt, durable, notDurable }: Figures): LatencyRow[] {
  const row = (name: string, latencies: Latencies, missing = 'not measured') => ({
    name,
    figures: latencies.figures(),
    missing,
  })
  return [row('publish to receipt', receipt), row('durable', durable, notDurable)]
}

const latencyColumns: readonly Column<LatencyRow>[] = [
  { title: 'LATENCY', text: ({ name, figures, missing }) => (figures ? name : `${name}: ${missing}`) },
  ...(['p50', 'p90', 'p99', 'p99_9', 'max'] as const).map((key) => ({
    title: key === 'max' ? 'MAX' : key.replace('_', '.'),
    text: ({ figures }: LatencyRow) => (figures ? formatMicros(figures[key]) : ''),
    right: true,
  })),
  { title: 'SAMPLES', text: ({ figures }) => (figures ? formatCount(figures.count) : ''), right: true },
]

interface RateRow extends RateFigures {
  name: string
  bytes: number
}

function rateRows({ size }: Plan, { published, received, replayed }: Figures): RateRow[] {
  const row = (name: string, figures: RateFigures) => ({
    name,
    ...figures,
    bytes: perSecond(figures) * size,
  })
  return [row('publish', published), row('receive, slowest', received), row('replay', replayed)]
}

const rateColumns: readonly Column<RateRow>[] = [
  {
    title: 'FULL SPEED',
    text: ({ name, events }) => (events === 0 ? `${name}: not measured` : name).padEnd(18),
  },
  { title: 'EVENTS/S', text: (row) => (row.events ? formatCount(perSecond(row)) : ''), right: true },
  { title: 'BODIES/S', text: (row) => (row.events ? formatBytes(row.bytes) : ''), right: true },
  { title: 'EVENTS', text: ({ events }) => (events ? formatCount(events) : ''), right: true },
  { title: 'TIME', text: ({ events, took }) => (events ? `${(took / 1000).toFixed(1)} s` : ''), right: true },
]

function perSecond({ events, took }: RateFigures): number {
  return took === 0 ? 0 : (events * 1000) / took
}

function remarks({ plan, figures }: Run): string[] {
  const lagged =
    figures.gaps === 0
      ? []
      : [`Subscribers were told of ${plural(figures.gaps, 'gap')}: the log did not keep all.`]
  return [
    ...lagged,
    `Measured from ${hostname()}, client and network included. Receipt at ${formatCount(plan.pace)} events a second: from the call of publish until the subscriber has decoded the event. Durable: one event at a time, until it is on the disk. Other work on this machine and on the hub is part of the figures.`,
    `${plural(plan.stored, 'event')}, about ${formatBytes(plan.stored * plan.eventBytes)}, stay in the log below ${plan.prefix} until retention removes them.`,
  ]
}

/** `213 µs`, `1.92 ms`, `25.1 ms`, `1.20 s`. */
export function formatMicros(micros: number): string {
  if (micros < 999.5) return `${Math.round(micros)} µs`
  const [value, unit] = micros < 999_500 ? [micros / 1000, 'ms'] : [micros / 1e6, 's']
  return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${unit}`
}
