import { formatTime } from 'tocsin/browser'
import { severityNames } from '../../../src/event/severity-names.js'
import type { Histogram } from '../../../src/methods/contract/index.js'
import { formatCount } from '../../../src/types/figures.js'
import { show } from '../../app/router.js'
import { AtLeast } from '../../components/at-least.js'
import { fleetStrings } from '../../strings/fleet.js'
import { strings } from '../../strings.js'
import { dayAndMinute, minutes } from '../../text/moments.js'
import { visible } from '../../text/visible.js'
import { addressOfEvents, asText } from './events-of.js'
import { type HostCounts, spans, useHostCounts } from './host-counts.js'
import type { Period } from './hosts.js'

interface TimelineProps {
  names: readonly string[]
  within: Period
}

const HEIGHT = 20
const text = fleetStrings.host

/** One line of time for all events of a host, by severity, and one for each type: what each of its sources says. */
export function Timeline({ names, within }: TimelineProps) {
  const { value, failure, isStale } = useHostCounts(names, within)
  const counts = value.value
  const all = counts?.byType
  const params = { range: spans[within] }
  const moment = within === 'hour' ? minutes : dayAndMinute
  return (
    <>
      <h3 class="heading">
        {text.timeline(within)} <small>{progressOf(counts, isStale.value)}</small>
      </h3>
      {failure.value !== undefined && <p class="problem">{fleetStrings.stale(failure.value.message)}</p>}
      <div class="timeline" title={text.laneHint} data-stale={isStale.value ? '' : undefined}>
        {all !== undefined && (
          <>
            <Lane
              name={text.everything}
              time={all}
              counts={all.counts}
              isWhole={all.total !== undefined}
              parts={severityParts(counts)}
              {...{ names, params }}
            />
            {all.series?.map(({ value, counts }) => (
              <Lane
                key={String(value)}
                name={String(value)}
                time={all}
                counts={counts}
                isWhole={all.exact}
                names={names}
                params={{ ...params, is: `type=${asText(String(value))}` }}
              />
            ))}
            <p class="ends mono" aria-hidden="true">
              <span>{moment(all.from)}</span>
              <span>{moment(all.to)}</span>
            </p>
          </>
        )}
      </div>
    </>
  )
}

/** Says how far the counts are, if they are not finished. */
function progressOf(counts: HostCounts | undefined, isStale: boolean): string | undefined {
  if (isStale || counts === undefined) return strings.events.facets.counting
  const { exact, coveredFrom } = counts.byType
  if (coveredFrom !== undefined) return strings.events.histogram.notExact(dayAndMinute(coveredFrom))
  if (counts.bySeverity === undefined) return strings.events.facets.counting
  return exact ? undefined : strings.events.histogram.notExact(undefined)
}

interface Part {
  readonly name: string
  readonly counts: readonly number[]
}

/** Errors and warnings, of which the bars are coloured from below. */
function severityParts(counts: HostCounts | undefined): readonly Part[] {
  const { series = [], counts: all = [] } = counts?.bySeverity ?? {}
  const of = (wanted: readonly unknown[]) => {
    const counted = series.filter(({ value }) => wanted.includes(value))
    return all.map((_, index) => counted.reduce((sum, { counts }) => sum + counts[index], 0))
  }
  const warning = severityNames.indexOf('warning')
  return [
    { name: 'is-error', counts: of(severityNames.slice(0, warning)) },
    { name: 'is-warning', counts: of(['warning']) },
  ]
}

interface LaneProps {
  name: string
  /** The time of the counts. */
  time: Histogram
  counts: readonly (number | null)[]
  isWhole: boolean
  /** Those of its events that have a colour. */
  parts?: readonly Part[]
  names: readonly string[]
  /** Parameters for the list of these events. */
  params: Readonly<Record<string, string>>
}

function Lane({ name, time, counts, isWhole, parts = [], names, params }: LaneProps) {
  const { start, step, coveredFrom = start } = time
  const sums = counts.map((number) => number ?? 0)
  const total = sums.reduce((sum, number) => sum + number, 0)
  const most = Math.max(1, ...sums)
  const open = ({ currentTarget, clientX }: MouseEvent) => {
    const { left, width } = (currentTarget as Element).getBoundingClientRect()
    const from = start + Math.floor(((clientX - left) / width) * counts.length) * step
    const { range: _whole, ...rest } = params
    const span = { from: formatTime(from), to: formatTime(from + step) }
    show('events', new URL(addressOfEvents(names, { ...rest, ...span }), location.href).searchParams)
  }
  const events = strings.events.histogram.events({ total: isWhole ? total : undefined, atLeast: total })
  return (
    <div class="lane">
      <a href={addressOfEvents(names, params)} title={visible(name)}>
        {visible(name)}
      </a>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the link beside it shows all of them */}
      <svg
        role="img"
        aria-label={text.lane(visible(name), events, dayAndMinute(start + sums.indexOf(most) * step))}
        viewBox={`0 0 ${Math.max(1, counts.length)} ${HEIGHT}`}
        preserveAspectRatio="none"
        onClick={open}
      >
        <rect class="unknown" width={Math.ceil((coveredFrom - start) / step)} height={HEIGHT} />
        {barsOf(sums, parts, most)}
      </svg>
      <span class="number">
        {!isWhole && <AtLeast />}
        {formatCount(total)}
      </span>
    </div>
  )
}

/** The colours over the whole bar. */
function barsOf(sums: readonly number[], parts: readonly Part[], most: number) {
  return sums.flatMap((sum, x) => {
    const coloured = parts.flatMap(({ name, counts }) => (counts[x] > 0 ? [{ name, number: counts[x] }] : []))
    const rest = sum - coloured.reduce((all, { number }) => all + number, 0)
    let y = HEIGHT
    return [...coloured, { name: 'other', number: rest }].map(({ name, number }) => {
      if (number <= 0) return null
      const height = Math.max(1, (number / most) * HEIGHT)
      y -= height
      return <rect key={`${name} ${x}`} class={name} x={x + 0.1} y={y} width={0.8} height={height} />
    })
  })
}
