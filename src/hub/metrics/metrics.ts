import type { Metric, Registry, RegistryContentType } from 'prom-client'
import type { StatusContext } from '../../methods/hub.js'
import { metricsCatalogue } from './catalogue.js'
import { collectSamples } from './collect.js'
import type { Samples } from './samples.js'

export type MetricsFormat = 'prometheus' | 'openmetrics'

export interface MetricsText {
  /** Media type. */
  type: string
  text: string
}

/**
 * The metrics of the hub and of its process as text. What measures the process is started by the first who
 * asks, so a hub that nobody asks pays nothing.
 */
export class Metrics {
  readonly #context: StatusContext
  #started: Promise<Scraper> | undefined
  /** One after the other: the format is a state of the registry. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(context: StatusContext) {
    this.#context = context
  }

  read(format: MetricsFormat): Promise<MetricsText> {
    this.#started ??= Scraper.start()
    const started = this.#started
    const text = this.#last.then(async () =>
      (await started).scrape(await collectSamples(this.#context), format),
    )
    this.#last = text.catch(() => undefined)
    return text
  }
}

class Scraper {
  readonly #registry: Registry<RegistryContentType>
  readonly #types: Record<MetricsFormat, RegistryContentType>
  #samples: Samples | undefined

  private constructor(prometheus: typeof import('prom-client')) {
    const { Registry, collectDefaultMetrics } = prometheus
    this.#types = {
      prometheus: Registry.PROMETHEUS_CONTENT_TYPE,
      openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
    }
    this.#registry = new Registry<RegistryContentType>()
    for (const name of Object.keys(metricsCatalogue)) this.#register(name)
    collectDefaultMetrics<RegistryContentType>({ register: this.#registry, eventLoopMonitoringPrecision: 20 })
  }

  static async start(): Promise<Scraper> {
    const { default: prometheus } = await import('prom-client')
    return new Scraper(prometheus as unknown as typeof import('prom-client'))
  }

  async scrape(samples: Samples, format: MetricsFormat): Promise<MetricsText> {
    this.#samples = samples
    const registry = this.#registry
    const metrics = registry.getMetricsAsArray() as { name: string }[]
    const names = metrics.map(({ name }) => name)
    registry.setContentType(this.#types[format])
    try {
      return { type: this.#types[format], text: await registry.metrics() }
    } finally {
      // OpenMetrics takes `_total` from the names of counters for good.
      for (const [nth, metric] of metrics.entries()) metric.name = names[nth]
    }
  }

  /** The values are those of the scrape: nothing is counted twice. */
  #register(name: string): void {
    const { type, help } = metricsCatalogue[name]
    const metric = {
      name,
      help,
      type,
      get: () => ({ name: metric.name, help, type, values: this.#samples?.of(name) ?? [] }),
    }
    this.#registry.registerMetric(metric as unknown as Metric)
  }
}
