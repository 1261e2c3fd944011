import { useSignal } from '@preact/signals'
import { formatSpan } from '../../../src/types/figures.js'
import { busStrings as text } from '../../strings/bus.js'
import { seconds } from '../../text/moments.js'
import { PERIOD_MS, type Point } from './samples.js'
import { hubNow } from './times.js'

interface PlotProps {
  what: string
  points: readonly Point[]
  format(value: number): string
}

const WIDTH = 240
const HEIGHT = 32
const LEAST_PERIOD_MS = 60_000

/** A line over at most an hour, and the value below the pointer. */
export function Plot({ what, points, format }: PlotProps) {
  const pointed = useSignal<Point | undefined>(undefined)
  const end = hubNow() / 1000
  const most = points.reduce((max, { value = 0 }) => Math.max(max, value), 0)
  const period = periodOf(points, end)
  const x = (time: number) => WIDTH * (1 - (end - time) / period)
  const y = (value: number) => HEIGHT - 1 - (most === 0 ? 0 : (value / most) * (HEIGHT - 2))
  const lines = segments(points).map((segment) =>
    segment.map(({ time, value }) => `${x(time).toFixed(1)},${y(value).toFixed(1)}`),
  )
  const point = ({ currentTarget, clientX }: PointerEvent) => {
    const { left, width } = (currentTarget as Element).getBoundingClientRect()
    pointed.value = nearest(points, end - period * (1 - (clientX - left) / width))
  }
  const clear = () => {
    pointed.value = undefined
  }
  const now = points.at(-1)?.value
  const shown = (value: number | undefined) => (value === undefined ? text.figures.tooFew : format(value))
  return (
    <div class="plot" onPointerMove={point} onPointerLeave={clear}>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={text.plot(what, formatSpan(period * 1000), shown(now), format(most))}
      >
        {lines.map((line) => (
          <g key={line[0]}>
            <polygon points={`${x0(line)},${HEIGHT} ${line.join(' ')} ${x0(line.slice(-1))},${HEIGHT}`} />
            <polyline points={line.join(' ')} />
          </g>
        ))}
      </svg>
      {pointed.value && (
        <span class="pointed mono">
          {text.plotAt(seconds(pointed.value.time * 1000), shown(pointed.value.value))}
        </span>
      )}
    </div>
  )
}

/** An hour, or what there is of it: a line that begins at the right edge shows nothing. */
function periodOf(points: readonly Point[], end: number): number {
  const known = end - (points[0]?.time ?? end)
  return Math.min(PERIOD_MS, Math.max(LEAST_PERIOD_MS, known))
}

const x0 = (line: readonly string[]) => line[0].split(',')[0]

type Known = Point & { readonly value: number }

function segments(points: readonly Point[]): Known[][] {
  const found: Known[][] = [[]]
  for (const point of points) {
    if (point.value === undefined) found.push([])
    else found.at(-1)!.push(point as Known)
  }
  return found.filter(({ length }) => length > 0)
}

function nearest(points: readonly Point[], time: number): Point | undefined {
  const distance = (point: Point) => Math.abs(point.time - time)
  return points.reduce<Point | undefined>(
    (best, point) => (best === undefined || distance(point) < distance(best) ? point : best),
    undefined,
  )
}
