import { severityNames } from '../../../src/event/severity-names.js'
import type { Histogram } from '../../../src/methods/contract/index.js'
import { formatCount } from '../../../src/types/figures.js'
import { change, show } from '../../app/router.js'
import { useAnswer } from '../../hub/asking.js'
import { counted } from '../../hub/counting.js'
import { fleetStrings } from '../../strings/fleet.js'
import { dayAndMinute, minutes } from '../../text/moments.js'
import { visible } from '../../text/visible.js'
import { addressOfEvents, asText, filterOf } from './events-of.js'
import type { Period } from './hosts.js'

interface TimelineProps {
  names: readonly string[]
  within: Period
}

const BARS = 60
const LANES = 8
const HEIGHT = 20
const EVERY_MS = 10_000
const spans = { hour: '1h', day: '1d' } as const
const text = fleetStrings.host

/** One line of time for all events of a host, by severity, and one for each type: what each of its sources says. */
export function Timeline({ names, within }: TimelineProps) {
  const bySeverity = useCounts(names, within, 'severity')
  const byType = useCounts(names, within, 'type')
  const params = { range: spans[within] }
  const moment = within === 'hour' ? minutes : dayAndMinute
  return (
    <>
      <h3 class="heading">{text.timeline(within)}</h3>
      <div class="timeline" title={text.laneHint}>
        {bySeverity !== undefined && (
          <Lane
            name={text.everything}
            counts={bySeverity}
            parts={severityParts(bySeverity)}
            {...{ names, params }}
          />
        )}
        {byType?.series?.map(({ value, counts }) => (
          <Lane
            key={String(value)}
            name={String(value)}
            counts={byType}
            parts={[{ name: 'other', counts }]}
            names={names}
            params={{ ...params, is: `type=${asText(String(value))}` }}
          />
        ))}
        {bySeverity !== undefined && (
          <p class="ends mono" aria-hidden="true">
            <span>{moment(bySeverity.from)}</span>
            <span>{moment(bySeverity.to)}</span>
          </p>
        )}
      </div>
    </>
  )
}

function useCounts(names: readonly string[], within: Period, by: 'severity' | 'type'): Histogram | undefined {
  const params = { filters: filterOf(names), from: `-${spans[within]}`, buckets: BARS, by, top: LANES }
  const { value } = useAnswer<Histogram>(
    JSON.stringify(params),
    (signal, soFar) => counted('events.histogram', params, signal, soFar),
    EVERY_MS,
  )
  return value.value
}

interface Part {
  readonly name: string
  readonly counts: readonly (number | null)[]
}

/** The worst at the bottom. */
function severityParts({ counts: all, series = [], other = [] }: Histogram): Part[] {
  const of = (...wanted: unknown[]) => {
    const counted = series.filter(({ value }) => wanted.includes(value))
    return all.map((_, index) => counted.reduce((sum, { counts }) => sum + (counts[index] ?? 0), 0))
  }
  const warning = severityNames.indexOf('warning')
  const rest = of(...severityNames.slice(warning + 1))
  return [
    { name: 'is-error', counts: of(...severityNames.slice(0, warning)) },
    { name: 'is-warning', counts: of('warning') },
    { name: 'other', counts: rest.map((number, index) => number + (other[index] ?? 0)) },
  ]
}

interface LaneProps {
  name: string
  counts: Histogram
  parts: readonly Part[]
  names: readonly string[]
  /** Parameters for the list of these events. */
  params: Readonly<Record<string, string>>
}

function Lane({ name, counts: { start, step, counts: all }, parts, names, params }: LaneProps) {
  const sums = all.map((_, index) => parts.reduce((sum, { counts }) => sum + (counts[index] ?? 0), 0))
  const total = sums.reduce((sum, number) => sum + number, 0)
  const most = Math.max(1, ...sums)
  const open = ({ currentTarget, clientX }: MouseEvent) => {
    const { left, width } = (currentTarget as Element).getBoundingClientRect()
    const from = start + Math.floor(((clientX - left) / width) * all.length) * step
    const position = (micros: number) => new Date(micros / 1000).toISOString()
    const { is, ...rest } = params
    const search = new URLSearchParams(new URL(addressOfEvents(names, rest), location.href).search)
    if (is !== undefined) search.append('is', is)
    show('events', search)
    change({ from: position(from), to: position(from + step), range: undefined })
  }
  return (
    <div class="lane">
      <a href={addressOfEvents(names, params)} title={visible(name)}>
        {visible(name)}
      </a>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the link beside it shows all of them */}
      <svg
        role="img"
        aria-label={text.lane(
          visible(name),
          total,
          dayAndMinute(start + sums.indexOf(Math.max(...sums)) * step),
        )}
        viewBox={`0 0 ${Math.max(1, all.length)} ${HEIGHT}`}
        preserveAspectRatio="none"
        onClick={open}
      >
        {barsOf(parts, most)}
      </svg>
      <span class="number">{formatCount(total)}</span>
    </div>
  )
}

function barsOf(parts: readonly Part[], most: number) {
  const tops: number[] = []
  return parts.flatMap(({ name, counts }) =>
    counts.map((number, x) => {
      if (!number) return null
      const height = Math.max(1, (number / most) * HEIGHT)
      const y = (tops[x] ?? HEIGHT) - height
      tops[x] = y
      return <rect key={`${name} ${x}`} class={name} x={x + 0.1} y={y} width={0.8} height={height} />
    }),
  )
}
