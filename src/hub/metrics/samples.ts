import type { MetricSample } from '../../types/metric.js'
import type { HubMetric } from './catalogue.js'

export interface Sample {
  value: number
  labels?: Record<string, string | number>
  /** Name of the sample, if it differs from that of the metric: the parts of a histogram. */
  metricName?: string
}

/** The values of one scrape. */
export class Samples {
  readonly #byName = new Map<string, Sample[]>()

  of(name: string): readonly Sample[] {
    return this.#byName.get(name) ?? []
  }

  set(name: HubMetric, value: number | boolean | undefined, labels?: Sample['labels']): void {
    if (value === undefined) return
    this.#add(name, { value: Number(value), labels })
  }

  /** Sets a histogram. `counts` has the number of values in each bucket, the last one for values above all bounds. */
  histogram(name: HubMetric, bounds: readonly number[], counts: readonly number[], sum: number): void {
    let total = 0
    for (const [at, count] of counts.entries()) {
      total += count
      const le = bounds[at] ?? '+Inf'
      this.#add(name, { metricName: `${name}_bucket`, labels: { le }, value: total })
    }
    this.#add(name, { metricName: `${name}_sum`, value: sum })
    this.#add(name, { metricName: `${name}_count`, value: total })
  }

  /** Adds a value measured by a face or a source. */
  add({ name, value, labels }: MetricSample): void {
    this.#add(name, { value, labels })
  }

  #add(name: string, sample: Sample): void {
    const known = this.#byName.get(name)
    if (known === undefined) this.#byName.set(name, [sample])
    else known.push(sample)
  }
}
