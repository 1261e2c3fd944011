export type MetricType = 'counter' | 'gauge' | 'histogram'

/** The definition of a metric, as `/metrics` exposes it and the reference describes it. */
export interface MetricEntry {
  readonly type: MetricType
  /** Unit of the values; the name of the metric ends with it. */
  readonly unit: string
  readonly labels: readonly string[]
  readonly help: string
}

/** One value of a metric, at the time of a scrape. */
export interface MetricSample {
  readonly name: string
  readonly value: number
  readonly labels?: Readonly<Record<string, string | number>>
  /** Name of the sample, if it differs from that of the metric: the parts of a histogram. */
  readonly metricName?: string
}

/** All values of one metric. */
export interface MetricFamily {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly values: readonly MetricPoint[]
}

export interface MetricPoint {
  readonly value: number
  readonly labels?: Readonly<Record<string, string | number>>
  /** Name of the point, if it differs from that of the metric: the parts of a histogram. */
  readonly metricName?: string
}

export function counter<const Labels extends readonly string[] = []>(
  unit: string,
  help: string,
  labels?: Labels,
) {
  return { type: 'counter', unit, help, labels: labels ?? ([] as const) } as const
}

export function gauge<const Labels extends readonly string[] = []>(
  unit: string,
  help: string,
  labels?: Labels,
) {
  return { type: 'gauge', unit, help, labels: labels ?? ([] as const) } as const
}

/** Yields a histogram. `counts` has the number of values in each bucket, the last one for values above all bounds. */
export function* histogramSamples(
  name: string,
  bounds: readonly number[],
  counts: readonly number[],
  sum: number,
  labels?: MetricSample['labels'],
): Generator<MetricSample> {
  let total = 0
  for (const [at, count] of counts.entries()) {
    total += count
    const le = bounds[at] ?? '+Inf'
    yield { name, metricName: `${name}_bucket`, labels: { ...labels, le }, value: total }
  }
  yield { name, metricName: `${name}_sum`, labels, value: sum }
  yield { name, metricName: `${name}_count`, labels, value: total }
}
