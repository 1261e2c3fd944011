import { histogramSamples, type MetricSample } from '../../types/metric.js'
import type { HubMetric } from './catalogue.js'

export type Sample = Omit<MetricSample, 'name'>

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

  histogram(name: HubMetric, bounds: readonly number[], counts: readonly number[], sum: number): void {
    for (const sample of histogramSamples(name, bounds, counts, sum)) this.add(sample)
  }

  /** Adds a value measured by a face or a source. */
  add({ name, ...sample }: MetricSample): void {
    this.#add(name, sample)
  }

  #add(name: string, sample: Sample): void {
    const known = this.#byName.get(name)
    if (known === undefined) this.#byName.set(name, [sample])
    else known.push(sample)
  }
}
