import type { Cancel, Runtime } from '../../event/runtime.js'
import type { PartTrend, PartTrends } from '../../methods/contract/index.js'
import { type TrendKind, trendKinds } from '../../methods/hub.js'

/** Time between two samples, ms. */
export const TREND_EVERY_MS = 30_000
/** An hour. */
const MAX_SAMPLES = 120
/** Most parts of a kind whose past is kept: clients open as many as they want. */
const MAX_PARTS = 250

/** The current measurements of a part. `events` and `errors` rise. */
export interface PartReading {
  readonly name: string
  /** Events that it is behind; absent for parts that cannot be. */
  readonly lag?: number
  readonly events: number
  readonly errors: number
}

export type PartReadings = Readonly<Record<TrendKind, readonly PartReading[]>>

/** Values of the last hour, the latest last; null where nothing is known. */
type PastValues = (number | null)[]

interface TrendValues {
  last: PartReading
  readonly lag: PastValues
  readonly rate: PastValues
  readonly errors: PastValues
}

/** The lag, rate and errors of each part of a hub in the last hour. */
export class Trends {
  readonly #runtime: Runtime
  readonly #read: () => PartReadings
  readonly #kept: Record<TrendKind, Map<string, TrendValues>> = {
    subscribers: new Map(),
    consumers: new Map(),
    sources: new Map(),
    sinks: new Map(),
  }
  /** µs since the epoch */
  #time: number | undefined
  /** ms (monotonic) */
  #at = 0
  #cancel: Cancel = () => undefined

  constructor(runtime: Runtime, read: () => PartReadings) {
    this.#runtime = runtime
    this.#read = read
  }

  start(): void {
    this.#sample()
    this.#cancel = this.#runtime.after(TREND_EVERY_MS, () => this.start())
  }

  stop(): void {
    this.#cancel()
  }

  /** Those of a kind, first those that are furthest behind now. */
  of(kind: TrendKind, limit: number): PartTrends {
    const parts = [...this.#kept[kind]]
      .map(([name, kept]) => trendOf(name, kept))
      .sort((a, b) => lastOf(b.lag) - lastOf(a.lag) || lastOf(b.rate) - lastOf(a.rate))
    return {
      ...(this.#time !== undefined && { time: this.#time }),
      every: TREND_EVERY_MS * 1000,
      parts: parts.slice(0, limit),
    }
  }

  #sample(): void {
    const now = this.#runtime.monotonic()
    const seconds = Math.max(1, now - this.#at) / 1000
    this.#at = now
    this.#time = this.#runtime.now()
    const readings = this.#read()
    for (const kind of trendKinds) takeSample(this.#kept[kind], readings[kind], seconds)
  }
}

/** Those that are known stay. Others come as long as there is room; one that is behind, also for one that is not. */
function takeSample(
  known: Map<string, TrendValues>,
  readings: readonly PartReading[],
  seconds: number,
): void {
  const names = new Set(readings.map(({ name }) => name))
  for (const name of known.keys()) if (!names.has(name)) known.delete(name)
  const others: PartReading[] = []
  for (const reading of readings) {
    const kept = known.get(reading.name)
    if (kept === undefined) others.push(reading)
    else add(kept, reading, seconds)
  }
  const current = [...known].filter(([, { last }]) => !isBehind(last)).map(([name]) => name)
  for (const reading of others.toSorted((a, b) => (b.lag ?? 0) - (a.lag ?? 0))) {
    const replaced = known.size === MAX_PARTS && isBehind(reading) ? current.shift() : undefined
    if (replaced !== undefined) known.delete(replaced)
    if (known.size < MAX_PARTS) known.set(reading.name, begin(reading))
  }
}

function isBehind({ lag = 0 }: PartReading): boolean {
  return lag > 0
}

/** Rates are known from the second sample on. */
function begin(reading: PartReading): TrendValues {
  return { last: reading, lag: [reading.lag ?? null], rate: [null], errors: [null] }
}

function add(kept: TrendValues, reading: PartReading, seconds: number): void {
  const { last } = kept
  kept.last = reading
  push(kept.lag, reading.lag ?? null)
  // A counter begins again when its part does.
  push(kept.rate, reading.events < last.events ? null : (reading.events - last.events) / seconds)
  push(kept.errors, reading.errors < last.errors ? null : reading.errors - last.errors)
}

function push(values: PastValues, value: number | null): void {
  values.push(value)
  if (values.length > MAX_SAMPLES) values.shift()
}

function trendOf(name: string, { last, lag, rate, errors }: TrendValues): PartTrend {
  return { name, ...(last.lag !== undefined && { lag: [...lag] }), rate: [...rate], errors: [...errors] }
}

function lastOf(values: PastValues | undefined): number {
  return values?.at(-1) ?? 0
}
