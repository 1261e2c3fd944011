import { TocsinError } from '../../errors/tocsin-error.js'
import type { SinkState } from '../../methods/contract/index.js'
import type { SinksControl } from '../../methods/sinks.js'
import type { ConfiguredSink } from '../../sinks/config.js'
import { SinkRunner } from '../../sinks/runner.js'
import { consumerOf, type DeliveryPreview } from '../../sinks/sink.js'
import type { SinkHost } from '../../sinks/sink-host.js'
import type { MetricSample } from '../../types/metric.js'
import { type SinkHostParts, sinkHost } from './sink-host.js'

interface Running {
  runner: SinkRunner
  settings: string
}

/** Returns the sinks of a hub. */
export function sinksOf(parts: SinkHostParts, wanted: readonly ConfiguredSink[]): Sinks {
  return new Sinks(sinkHost(parts), wanted)
}

/** The sinks of a hub. */
export class Sinks implements SinksControl {
  readonly #host: SinkHost
  readonly #running = new Map<string, Running>()
  #isStarted = false

  constructor(host: SinkHost, wanted: readonly ConfiguredSink[]) {
    this.#host = host
    for (const { definition, settings } of wanted) {
      this.#running.set(definition.name, { runner: new SinkRunner(definition, host), settings })
    }
  }

  /** Resolves when each has begun, or cannot. */
  async start(): Promise<void> {
    this.#isStarted = true
    await Promise.all([...this.#running.values()].map(({ runner }) => runner.start()))
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ runner }) => runner.stop()))
  }

  /** Starts, replaces and stops sinks whose settings have changed. The others go on. */
  async configure(sinks: readonly ConfiguredSink[]): Promise<void> {
    const wanted = new Map(sinks.map((each) => [each.definition.name, each]))
    const ended = [...this.#running].filter(([name, { settings }]) => wanted.get(name)?.settings !== settings)
    await Promise.all(ended.map(([, { runner }]) => runner.stop()))
    for (const [name] of ended) this.#running.delete(name)
    for (const [name, { definition, settings }] of wanted) {
      if (this.#running.has(name)) continue
      const runner = new SinkRunner(definition, this.#host)
      this.#running.set(name, { runner, settings })
      if (this.#isStarted) void runner.start()
    }
  }

  list(): SinkState[] {
    return [...this.#running.values()]
      .map(({ runner }) => ({ ...runner.status(), consumer: consumerOf(runner.name) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  pause(name: string, reason: string): Promise<void> {
    return this.#get(name).pause(reason)
  }

  resume(name: string): Promise<void> {
    return this.#get(name).resume()
  }

  test(name: string): Promise<number> {
    return this.#get(name).test()
  }

  preview(name: string): Promise<DeliveryPreview> {
    return this.#get(name).preview()
  }

  *samples(): Iterable<MetricSample> {
    for (const {
      name,
      state,
      delivered,
      failures,
      parked,
      rejected,
      heldBytes,
      lastDelivery,
    } of this.list()) {
      const labels = { sink: name }
      // One that stands by is not down: another hub of the cluster delivers.
      if (state !== 'standby') yield { name: 'tocsin_sink_up', value: state === 'up' ? 1 : 0, labels }
      yield { name: 'tocsin_sink_delivered_total', value: delivered, labels }
      yield { name: 'tocsin_sink_failures_total', value: failures, labels }
      yield { name: 'tocsin_sink_parked_total', value: parked, labels }
      yield { name: 'tocsin_sink_rejected_total', value: rejected, labels }
      yield { name: 'tocsin_sink_held_bytes', value: heldBytes, labels }
      if (lastDelivery === undefined) continue
      yield { name: 'tocsin_sink_last_delivery_timestamp_seconds', value: lastDelivery / 1e6, labels }
    }
  }

  #get(name: string): SinkRunner {
    const found = this.#running.get(name)
    if (found === undefined)
      throw new TocsinError('TCN_SINK_UNKNOWN', `there is no sink ${JSON.stringify(name)}`)
    return found.runner
  }
}
