import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { severityNames } from '../../../src/event/severity-names.js'
import type { Histogram as Counts } from '../../../src/methods/contract/index.js'
import { setting } from '../../app/setting.js'
import { lazily } from '../../components/lazily.js'
import { isCounted } from '../../hub/counting.js'
import { strings } from '../../strings.js'
import { dayAndMinute, minutes, seconds, shownZone } from '../../text/moments.js'
import { visible } from '../../text/visible.js'
import { CompareWith } from './counts/compare-with.js'
import type { CountsInUse } from './counts/use-counts.js'
import { rankOf } from './levels.js'
import type { Choice } from './query.js'
import type { Choosing } from './range.js'

export type SeriesField = 'type' | 'source' | 'tag' | 'host' | 'severity'

interface HistogramProps {
  counts: CountsInUse
  by: SeriesField
  comparison: string | undefined
  onBy(by: SeriesField): void
  onChoose(choice: Choice): void
  /** µs since the epoch */
  onRange(from: number, to: number): void
}

export const BARS = 60
const HEIGHT = 64
const BAR = 10
const Keys = lazily(() => import('./histogram-keys.js').then(({ HistogramKeys }) => HistogramKeys))
const Compared = lazily(() => import('./compare/parts.js').then(({ Compared }) => Compared))
const OtherBars = lazily(() => import('./compare/parts.js').then(({ OtherBars }) => OtherBars))
const text = strings.events.histogram

/** The largest number of values that have a colour of their own; there is one for each severity. */
export function seriesOf(by: SeriesField): number {
  return by === 'severity' ? severityNames.length : 5
}

/** Counts of the whole range, not of the rows that happen to be loaded. */
export function Histogram({
  counts: { answer, inTime },
  by,
  comparison,
  onBy,
  onChoose,
  onRange,
}: HistogramProps) {
  const { value, failure, isStale } = answer
  const counts = value.value && inOrder(value.value.bars, by)
  const other = value.value?.other?.bars
  return (
    <section class="histogram" aria-label={text.title} data-stale={isStale.value ? '' : undefined}>
      <header>
        <label>
          {text.by}{' '}
          <select value={by} onChange={({ currentTarget }) => onBy(currentTarget.value as SeriesField)}>
            {Object.entries(text.fields).map(([name, label]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <CompareWith comparison={comparison} />
        {counts !== undefined && <Legend counts={counts} by={by} onChoose={onChoose} />}
        {counts && other && <Compared counts={counts} other={other} />}
        <span class="exact">
          {failure.value === undefined
            ? counts === undefined || isStale.value
              ? strings.events.facets.counting
              : `${exactness(counts)}, ${inTime}`
            : text.failed(failure.value.message)}
        </span>
      </header>
      {counts !== undefined && <Bars counts={counts} other={other} by={by} onRange={onRange} />}
    </section>
  )
}

function exactness(counts: Counts): string {
  const { exact, coveredFrom } = counts
  const from = coveredFrom === undefined ? undefined : dayAndMinute(coveredFrom)
  return `${text.events(counts)}, ${exact ? text.exact : text.notExact(from)}`
}

type Series = NonNullable<Counts['series']>

/** Severities keep their order, in which the worst is at the bottom, and their colours. */
function inOrder(counts: Counts, by: SeriesField): Counts {
  const { series = [] } = counts
  if (by !== 'severity') return counts
  const rank = ({ value }: Series[number]) => rankOf(value)
  return { ...counts, series: series.toSorted((a, b) => rank(a) - rank(b)) }
}

function classOf(value: unknown, index: number, by: SeriesField): string {
  return by === 'severity' ? `is-${value}` : `series${index + 1}`
}

interface LegendProps {
  counts: Counts
  by: SeriesField
  onChoose(choice: Choice): void
}

/** Each entry chooses its events. */
function Legend({ counts: { series = [], other }, by, onChoose }: LegendProps) {
  const hasOther = other?.some((each) => each > 0) === true
  const list = useRef<HTMLUListElement>(null)
  const isCut = useSignal(false)
  const isOpen = useSignal(false)
  useLayoutEffect(() => {
    const { scrollHeight = 0, clientHeight = 0 } = list.current ?? {}
    isCut.value = scrollHeight > clientHeight
  })
  return (
    <>
      <ul class="legend" ref={list} data-open={isOpen.value || undefined}>
        {series.map(({ value }, index) => (
          <li key={String(value)}>
            <button
              type="button"
              title={strings.events.facets.hint}
              onClick={({ altKey }) => onChoose({ field: by, value, not: altKey })}
            >
              <i class={classOf(value, index, by)} />
              {visible(String(value))}
            </button>
          </li>
        ))}
        {hasOther && (
          <li>
            <i class="other" />
            {text.other}
          </li>
        )}
      </ul>
      {(isCut.value || isOpen.value) && (
        <button
          type="button"
          class="button plain"
          aria-label={text.allValues}
          aria-expanded={isOpen.value}
          onClick={setting(isOpen, !isOpen.value)}
        >
          …
        </button>
      )}
    </>
  )
}

interface Bar {
  x: number
  y: number
  height: number
  series: string
  /** Describes the events that are counted, their number and the time of the first. */
  label: string
}

interface BarsProps {
  counts: Counts
  /** Those of the time that is compared. */
  other: Counts | undefined
  by: SeriesField
  onRange: HistogramProps['onRange']
}

function Bars({ counts, other, by, onRange }: BarsProps) {
  const most = mostOf(counts, other)
  const { start, step, counts: all, from, to } = counts
  const svg = useRef<SVGSVGElement>(null)
  const drag = useSignal<Choosing['value']>(undefined)
  const hasKeys = useSignal(false)
  const width = Math.max(1, all.length) * BAR
  const at = ({ clientX }: PointerEvent) => {
    const { left, width: wide } = svg.current!.getBoundingClientRect()
    return start + Math.min(1, Math.max(0, (clientX - left) / wide)) * all.length * step
  }
  const xOf = (time: number) => ((time - start) / step) * BAR
  const finish = () => {
    const chosen = drag.value
    drag.value = undefined
    if (chosen === undefined || Math.abs(chosen.to - chosen.from) < step / 3) return
    const [left, right] = [chosen.from, chosen.to].toSorted((a, b) => a - b)
    onRange(Math.max(from, left), Math.min(to, right))
  }
  return (
    <>
      <svg
        ref={svg}
        role="img"
        aria-label={text.text(text.events(counts), dayAndMinute(from), dayAndMinute(to))}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        preserveAspectRatio="none"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys choose a time
        tabIndex={0}
        onFocus={setting(hasKeys, true)}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          drag.value = { from: at(event), to: at(event) }
        }}
        onPointerMove={(event) => {
          if (drag.value !== undefined) drag.value = { from: drag.value.from, to: at(event) }
        }}
        onPointerUp={finish}
        onPointerCancel={() => {
          drag.value = undefined
        }}
      >
        <title>{text.hint}</title>
        {barsOf(counts, by, most).map((bar) => (
          <rect
            key={`${bar.x} ${bar.series}`}
            x={bar.x + 1}
            y={bar.y}
            width={BAR - 2}
            height={bar.height}
            class={bar.series}
          >
            <title>{bar.label}</title>
          </rect>
        ))}
        {other && <OtherBars {...{ counts, other, most, width }} height={HEIGHT} />}
        {drag.value !== undefined && (
          <rect
            class="chosen"
            x={xOf(Math.min(drag.value.from, drag.value.to))}
            y={0}
            width={(Math.abs(drag.value.to - drag.value.from) / step) * BAR}
            height={HEIGHT}
          />
        )}
      </svg>
      {hasKeys.value && <Keys svg={svg} choosing={drag} counts={counts} onFinish={finish} />}
      <Axis start={start} step={step} bars={all.length} />
    </>
  )
}

/** The largest number of events of a bar. */
function mostOf(...all: readonly (Counts | undefined)[]): number {
  return Math.max(1, ...all.flatMap((each) => each?.counts ?? []).map((each) => each ?? 0))
}

/** The series are stacked in the order of the legend, each a rectangle. */
function barsOf(all: Counts, by: SeriesField, most: number): Bar[] {
  const { start, step, counts, series = [], other = [] } = all
  const moment = step < MINUTE ? seconds : dayAndMinute
  const stack = [
    ...series.map(({ value, counts }, index) => ({
      name: classOf(value, index, by),
      shown: visible(String(value)),
      counts,
    })),
    { name: 'other', shown: text.other, counts: other },
  ]
  return counts.flatMap((events, index) => {
    let y = HEIGHT
    const from = start + index * step
    if (events === null) {
      const label = text.notCounted(moment(from))
      return [{ x: index * BAR, y: 0, height: HEIGHT, series: 'unknown', label }]
    }
    return stack.flatMap(({ name, shown, counts }) => {
      const count = counts[index] ?? 0
      if (count === 0) return []
      const height = Math.max(1, (count / most) * HEIGHT)
      y -= height
      const events = text.events({ total: isCounted(all, from) ? count : undefined, atLeast: count })
      const label = text.bar(shown, events, moment(from))
      return [{ x: index * BAR, y, height, series: name, label }]
    })
  })
}

const TICKS = 8
const [SECOND, MINUTE, HOUR, DAY] = [1e6, 60e6, 3600e6, 24 * 3600e6]
const ROUND = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7].map((days) => days * DAY),
]

/** Round times of this time zone. */
function Axis({ start, step, bars }: { start: number; step: number; bars: number }) {
  const span = step * bars
  const every = ROUND.find((each) => span / each <= TICKS) ?? span / TICKS
  const label = span > 36 * HOUR ? dayAndMinute : every < MINUTE ? seconds : minutes
  const offset = -shownZone(start / 1000) * MINUTE
  const first = Math.ceil((start - offset) / every) * every + offset
  const ticks = Array.from({ length: TICKS + 1 }, (_, index) => first + index * every).filter(
    // The last one would not have room for its label.
    (tick) => tick < start + span * 0.92,
  )
  return (
    <div class="axis" aria-hidden="true">
      {ticks.map((tick) => (
        <span key={tick} style={{ left: `${((tick - start) / span) * 100}%` }}>
          {label(tick)}
        </span>
      ))}
    </div>
  )
}
