import type { ComponentChildren } from 'preact'
import type { Histogram, HistorySample, HubStatus } from '../../../src/methods/contract/index.js'
import { formatBytes } from '../../../src/types/figures.js'
import { busStrings } from '../../strings/bus.js'
import { type Asked, useMethod } from './ask.js'
import { type Buckets, publishBuckets, quantile } from './latency.js'
import { Plot } from './plot.js'
import { PERIOD_MS, type Point, Rate, Series } from './samples.js'
import { millis, perSecond } from './times.js'

const text = busStrings.figures

const accepted = new Rate()
const delivered = new Rate()
const flush = new Series()
const memory = new Series()
const latency = new Series()
let buckets: Buckets | undefined

/** Keeps what the hub says about itself for the plots. */
export function remember({ events, log, memory: used }: HubStatus): void {
  const now = Date.now()
  accepted.add(now, events.accepted)
  delivered.add(now, events.delivered)
  flush.add(now, log.flushMicros)
  memory.add(now, used.rss)
}

function rememberLatency({ text: metrics }: { text: string }): void {
  const now = publishBuckets(metrics)
  latency.add(Date.now(), quantile(0.99, now, buckets))
  buckets = now
}

const METRICS_MS = 10_000
/** What comes in between is known to this page. */
const HISTORY_MS = 60_000
const HOUR = { from: '-1h', buckets: 120 }

/** The numbers that say how the hub is, each over the last hour. */
export function Figures({ status }: { status: Asked<HubStatus> }) {
  const value = status.missing === undefined ? status.value.value : undefined
  // Counts contain only what the principal may see, and so fit the rate of the whole hub only for those who see all.
  const hour = useMethod('events.histogram', HOUR, { right: 'admin', every: PERIOD_MS })
  const history = useMethod('hub.history', {}, { right: 'monitor', every: HISTORY_MS })
  useMethod('metrics.read', {}, { right: 'monitor', every: METRICS_MS, onAnswer: rememberLatency })
  if (value === undefined) return null
  const { disk, log } = value
  const samples = history.value.value?.samples ?? []
  const since = (series: Series, of: (sample: HistorySample) => number | undefined) =>
    joined(
      samples.map((sample) => ({ time: sample.time / 1000, value: of(sample) })),
      series,
    )
  const past = {
    in: incoming(hour.value.value) ?? since(accepted.series, (each) => each.accepted),
    out: since(delivered.series, (each) => each.delivered),
    latency: since(latency, (each) => each.publishMicros),
    flush: since(flush, (each) => each.flushMicros),
    memory: since(memory, (each) => each.memory),
  }
  return (
    <section class="figures" aria-label={text.title}>
      <Figure what={text.in} now={accepted.now} format={perSecond} points={past.in} />
      <Figure what={text.out} now={delivered.now} format={perSecond} points={past.out} />
      <Figure what={text.latency} now={past.latency.at(-1)?.value} format={millis} points={past.latency} />
      <Figure what={text.flush} now={log.flushMicros} format={millis} points={past.flush} />
      <Figure what={text.memory} now={value.memory.rss} format={formatBytes} points={past.memory} />
      {disk && (
        <Figure what={text.disk} now={disk.free} format={(free) => text.free(formatBytes(free))}>
          <Bar part={1 - disk.free / disk.total} />
        </Figure>
      )}
    </section>
  )
}

/** How much of something is used. */
export function Bar({ part }: { part: number }) {
  return (
    <span class="bar" aria-hidden="true" data-full={part > 0.9 || undefined}>
      <span style={{ width: `${Math.min(1, part) * 100}%` }} />
    </span>
  )
}

interface FigureProps {
  what: string
  now: number | undefined
  format(value: number): string
  points?: readonly Point[]
  children?: ComponentChildren
}

function Figure({ what, now, format, points, children }: FigureProps) {
  return (
    <div class="figure">
      <h2>{what}</h2>
      <strong>{now === undefined ? text.tooFew : format(now)}</strong>
      {points === undefined ? children : <Plot what={what} points={points} format={format} />}
    </div>
  )
}

/** What came before this page was opened, and what this page has seen since. */
function joined(stored: readonly Point[], { points }: Series): readonly Point[] {
  const end = stored.at(-1)?.time ?? 0
  return [...stored, ...points.filter(({ time }) => time > end)]
}

/** The log knows what came before the hub was started, too; the last bucket is not whole yet. */
function incoming(hour: Histogram | undefined): readonly Point[] | undefined {
  if (!hour?.exact) return undefined
  const { start, step, counts } = hour
  const stored = counts.slice(0, -1).map((events, index) => ({
    time: (start + (index + 1) * step) / 1000,
    value: (events * 1e6) / step,
  }))
  return joined(stored, accepted.series)
}
