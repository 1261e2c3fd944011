import type { ComponentChildren } from 'preact'
import type { Histogram, HubStatus } from '../../../src/methods/contract/index.js'
import { formatBytes } from '../../../src/types/figures.js'
import { busStrings } from '../../strings/bus.js'
import { type Asked, may, useMethod } from './ask.js'
import { ofChosenHub } from './chosen-hub.js'
import { Plot } from './plot.js'
import { HISTORY_MS, joined, PERIOD_MS, type Point, Rate, SampleHistory } from './samples.js'
import { millis, perSecond, setClock } from './times.js'

const text = busStrings.figures

let accepted = new Rate()
let delivered = new Rate()
let samples = new SampleHistory()
let shown = ''

/** Keeps what the hub says about itself now, and forgets what another one has said before. */
export function remember({ name, now, events }: HubStatus): void {
  const isOther = shown !== '' && shown !== name
  shown = name
  if (isOther) {
    accepted = new Rate()
    delivered = new Rate()
    samples = new SampleHistory()
  }
  setClock(now)
  accepted.add(now / 1000, events.accepted)
  delivered.add(now / 1000, events.delivered)
}

const HOUR = { from: '-1h', buckets: 120 }

/** The numbers that say how the hub is, each over the last hour. */
export function Figures({ status }: { status: Asked<HubStatus> }) {
  const value = status.missing === undefined ? status.value.value : undefined
  // Counts contain only what the principal may see, and so fit the rate of the whole hub only for those who see all.
  const hour = useMethod('events.histogram', HOUR, {
    right: may('admin') ? 'see' : 'admin',
    every: PERIOD_MS,
  })
  useMethod('hub.history', ofChosenHub(), {
    right: 'monitor',
    every: HISTORY_MS,
    more: () => ({ since: samples.since }),
    onAnswer: (answer) => samples.add(answer.samples),
  })
  if (value === undefined) return null
  const { disk, log } = value
  const past = {
    in: samples.points('accepted'),
    out: samples.points('delivered'),
    latency: samples.points('publishMicros'),
    flush: samples.points('flushMicros'),
    memory: samples.points('memory'),
  }
  return (
    <section class="figures" aria-label={text.title}>
      <Figure
        what={text.in}
        now={accepted.now ?? past.in.at(-1)?.value}
        format={perSecond}
        points={incoming(hour.value.value, past.in)}
      />
      <Figure
        what={text.out}
        now={delivered.now ?? past.out.at(-1)?.value}
        format={perSecond}
        points={past.out}
      />
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

/** Shows the used part of something as a bar. */
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
function incoming(hour: Histogram | undefined, sampled: readonly Point[]): readonly Point[] {
  if (!hour?.exact) return sampled
  const { start, step, counts } = hour
  const stored = counts.slice(0, -1).map((events, index) => ({
    time: (start + (index + 1) * step) / 1000,
    value: ((events ?? 0) * 1e6) / step,
  }))
  return joined(stored, sampled)
}
