import type { MetricFamily, MetricPoint } from '../../types/metric.js'
import { double, type KeyValue, keyValues } from './any-value.js'
import { nanoseconds } from './log-record.js'

/** AGGREGATION_TEMPORALITY_CUMULATIVE of opentelemetry-proto, metrics.proto. */
const CUMULATIVE = 2

interface Times {
  startTimeUnixNano: string
  timeUnixNano: string
}

/** Metrics in the JSON form of OTLP. Times: µs since the epoch. */
export function otlpMetrics(families: readonly MetricFamily[], started: number, now: number): object[] {
  const times = { startTimeUnixNano: nanoseconds(started), timeUnixNano: nanoseconds(now) }
  return families
    .filter(({ values }) => values.length > 0)
    .map((family) => ({
      name: family.name,
      description: family.help,
      unit: unitOf(family.name),
      ...pointsOf(family, times),
    }))
}

/** In UCUM, as OpenTelemetry wants it. What is only counted has the unit 1. */
function unitOf(name: string): string {
  const [, word = ''] = /_(seconds|bytes)(?:_total)?$/.exec(name) ?? []
  return { seconds: 's', bytes: 'By' }[word] ?? '1'
}

function pointsOf(family: MetricFamily, times: Times): object {
  const dataPoints = family.values.map((point) => numberPoint(point, times))
  switch (family.type) {
    case 'counter':
      return { sum: { dataPoints, aggregationTemporality: CUMULATIVE, isMonotonic: true } }
    case 'histogram':
      return { histogram: { dataPoints: histograms(family, times), aggregationTemporality: CUMULATIVE } }
    default:
      return { gauge: { dataPoints } }
  }
}

function numberPoint({ value, labels = {} }: MetricPoint, times: Times): object {
  return { attributes: attributesOf(labels), ...times, asDouble: double(value) }
}

/** Prometheus counts in each bucket what is in the lower ones too, OTLP does not. */
function histograms({ name, values }: MetricFamily, times: Times): object[] {
  const series = new Map<string, MetricPoint[]>()
  for (const point of values) {
    const { le: _bound, ...labels } = point.labels ?? {}
    const key = JSON.stringify(labels)
    series.set(key, [...(series.get(key) ?? []), point])
  }
  return [...series].map(([key, points]) => {
    const part = (ending: string) => points.filter(({ metricName }) => metricName === `${name}_${ending}`)
    const buckets = part('bucket')
    const below = [0, ...buckets.map(({ value }) => value)]
    return {
      attributes: attributesOf(JSON.parse(key)),
      ...times,
      count: String(part('count')[0]?.value ?? 0),
      sum: part('sum')[0]?.value ?? 0,
      explicitBounds: buckets.map(({ labels }) => Number(labels?.le)).filter(Number.isFinite),
      bucketCounts: buckets.map(({ value }, nth) => String(value - below[nth])),
    }
  })
}

function attributesOf(labels: Readonly<Record<string, string | number>>): KeyValue[] {
  return keyValues(Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)])))
}
