import type { ComponentChildren } from 'preact'
import type { Histogram, HistorySample, HubStatus } from '../../../src/methods/contract/index.js'
import { formatBytes } from '../../../src/types/figures.js'
import { busStrings } from '../../strings/bus.js'
import { type Asked, useMethod } from './ask.js'
import { Plot } from './plot.js'
import { joined, PERIOD_MS, type Point, Rate, Series } from './samples.js'
import { millis, perSecond } from './times.js'

const text = busStrings.figures

const accepted = new Rate()
const delivered = new Rate()
const flush = new Series()
const memory = new Series()
const latency = new Series()

/** Keeps what the hub says about itself for the plots. */
export function remember({ events, log, memory: used }: HubStatus): void {
  const now = Date.now()
  accepted.add(now, events.accepted)
  delivered.add(now, events.delivered)
  flush.add(now, log.flushMicros)
  memory.add(now, used.rss)
}

/** Only the hub can measure it. What it has said stays when it starts anew. */
function rememberLatency({ samples }: { samples: readonly HistorySample[] }): void {
  const known = latency.points.at(-1)?.time ?? 0
  for (const { time, publishMicros } of samples) {
    if (time / 1000 > known) latency.add(time / 1000, publishMicros)
  }
}

/** The hub takes a sample this often. */
const HISTORY_MS = 10_000
const HOUR = { from: '-1h', buckets: 120 }

/** The numbers that say how the hub is, each over the last hour. */
export function Figures({ status }: { status: Asked<HubStatus> }) {
  const value = status.missing === undefined ? status.value.value : undefined
  // Counts contain only what the principal may see, and so fit the rate of the whole hub only for those who see all.
  const hour = useMethod('events.histogram', HOUR, { right: 'admin', every: PERIOD_MS })
  const history = useMethod(
    'hub.history',
    {},
    { right: 'monitor', every: HISTORY_MS, onAnswer: rememberLatency },
  )
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
    flush: since(flush, (each) => each.flushMicros),
    memory: since(memory, (each) => each.memory),
  }
  return (
    <section class="figures" aria-label={text.title}>
      <Figure
        what={text.in}
        now={accepted.now ?? samples.at(-1)?.accepted}
        format={perSecond}
        points={past.in}
      />
      <Figure
        what={text.out}
        now={delivered.now ?? samples.at(-1)?.delivered}
        format={perSecond}
        points={past.out}
      />
      <Figure
        what={text.latency}
        now={latency.points.at(-1)?.value}
        format={millis}
        points={latency.points}
      />
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
