import type { MetricSample } from '../../types/metric.js'
import type { HubMetric } from './catalogue.js'

export interface Sample {
  value: number
  labels?: Record<string, string | number>
  /** Where it is not that of the metric: the parts of a histogram. */
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

  /** `counts` of what lies within each bound and over the one before; the last of what lies beyond all. */
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

  /** A value that a face or a source has measured. */
  add({ name, value, labels }: MetricSample): void {
    this.#add(name, { value, labels })
  }

  #add(name: string, sample: Sample): void {
    const known = this.#byName.get(name)
    if (known === undefined) this.#byName.set(name, [sample])
    else known.push(sample)
  }
}
