import type { Metric, Registry, RegistryContentType } from 'prom-client'
import type { StatusContext } from '../../methods/hub.js'
import type { HubMetrics } from '../../sinks/sink.js'
import type { MetricFamily } from '../../types/metric.js'
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
 * Returns the metrics of the hub and its process as text. The measurement of the process starts with the first
 * request, so that it costs nothing in a hub without scrapes.
 */
export class Metrics {
  readonly #context: StatusContext
  #started: Promise<Scraper> | undefined
  /** The last scrape. Scrapes run one after the other, since the format is a state of the registry. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(context: StatusContext) {
    this.#context = context
  }

  read(format: MetricsFormat): Promise<MetricsText> {
    return this.#inTurn((scraper, samples) => scraper.text(samples, format))
  }

  /** The same metrics as values, for other formats. */
  async families(): Promise<HubMetrics> {
    const families = await this.#inTurn((scraper, samples) => scraper.values(samples))
    return { families, started: this.#context.started }
  }

  #inTurn<Result>(scrape: (scraper: Scraper, samples: Samples) => Promise<Result>): Promise<Result> {
    this.#started ??= Scraper.start()
    const started = this.#started
    const result = this.#last.then(async () => scrape(await started, await collectSamples(this.#context)))
    this.#last = result.catch(() => undefined)
    return result
  }
}

/** Gauges with the ending of counters, which checkers refuse. They are the sums of gauges that stay. */
const MISNAMED_GAUGES = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
]

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
    for (const name of MISNAMED_GAUGES) this.#registry.removeSingleMetric(name)
  }

  static async start(): Promise<Scraper> {
    const { default: prometheus } = await import('prom-client')
    return new Scraper(prometheus as unknown as typeof import('prom-client'))
  }

  async values(samples: Samples): Promise<MetricFamily[]> {
    this.#samples = samples
    return (await this.#registry.getMetricsAsJSON()) as unknown as MetricFamily[]
  }

  async text(samples: Samples, format: MetricsFormat): Promise<MetricsText> {
    this.#samples = samples
    const registry = this.#registry
    const metrics = registry.getMetricsAsArray() as { name: string }[]
    const names = metrics.map(({ name }) => name)
    registry.setContentType(this.#types[format])
    try {
      return { type: this.#types[format], text: await registry.metrics() }
    } finally {
      // For OpenMetrics the library removes `_total` from the names of counters permanently.
      for (const [nth, metric] of metrics.entries()) metric.name = names[nth]
    }
  }

  /** Registers a metric whose values are those of the current scrape, so that nothing is counted twice. */
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
