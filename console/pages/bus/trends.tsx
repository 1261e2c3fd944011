import type { ComponentChildren } from 'preact'
import type { PartTrend, PartTrends } from '../../../src/methods/contract/index.js'
import { formatCount } from '../../../src/types/figures.js'
import { busStrings } from '../../strings/bus.js'
import { useMethod } from './ask.js'
import { ofChosenHub } from './chosen-hub.js'
import { Plot } from './plot.js'
import type { Point } from './samples.js'
import { perSecond } from './times.js'

const text = busStrings.trends
/** As often as the hub takes a sample. */
const EVERY_MS = 30_000
/** All of a kind that the hub keeps: the tables list parts that are not behind too. */
const limit = 250

type Kind = 'subscribers' | 'consumers' | 'sources' | 'sinks'
type Measure = 'lag' | 'rate' | 'errors'

/** The last hour of the parts of one kind, by their names. */
export type Trends = (name: string, measure: Measure) => readonly Point[]

export function useTrends(of: Kind): Trends {
  const asked = useMethod(
    'hub.trends',
    { of, limit, ...ofChosenHub() },
    { right: 'monitor', every: EVERY_MS },
  )
  const known = asked.value.value
  const byName = new Map(known?.parts.map((part) => [part.name, part]))
  return (name, measure) => pointsOf(known, byName.get(name), measure)
}

/** Where nothing is known, the line is interrupted. */
export function pointsOf(
  { time = 0, every = 0 }: Partial<PartTrends> = {},
  part: PartTrend | undefined,
  measure: Measure,
): Point[] {
  const values = part?.[measure] ?? []
  return values.map((value, nth) => ({
    time: (time - (values.length - 1 - nth) * every) / 1000,
    value: value ?? undefined,
  }))
}

interface TrendProps {
  /** Whose trend it is. */
  name: string
  measure: Measure
  trends: Trends
  /** The value of now. */
  children: ComponentChildren
}

const formats = { lag: formatCount, rate: perSecond, errors: formatCount } as const

/** A value with a line that shows how it was. A line in which nothing happens is left out. */
export function Trend({ name, measure, trends, children }: TrendProps) {
  const points = trends(name, measure)
  const isFlat = points.every(({ value = 0 }) => value === 0)
  return (
    <span class="with-plot trend">
      {!isFlat && <Plot what={text.of[measure](name)} points={points} format={formats[measure]} />}
      {children}
    </span>
  )
}
