import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Event } from '../../event/event.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import { faultOf } from '../delivery-fault.js'
import { bearerHeader } from '../http/bearer.js'
import { HttpClient } from '../http/http-client.js'
import type { Destination, DestinationHost, EventView } from '../sink.js'
import { keyValues } from './any-value.js'
import type { OtlpSinkConfig } from './config.js'
import { type LogRecord, logRecordOf } from './log-record.js'
import { otlpMetrics } from './metrics.js'
import { type Span, spanOf } from './span.js'

const FASTEST = { level: 1 }
const compressed = promisify(gzip)

/**
 * Sends events to a collector of OpenTelemetry, as OTLP/HTTP with JSON: work that has ended as spans, everything else
 * as records of a log. The metrics of the hub follow in their own rhythm.
 */
export class OtlpDestination implements Destination {
  readonly #config: OtlpSinkConfig
  readonly #view: EventView
  readonly #runtime: Runtime
  readonly #bearer: () => Promise<Record<string, string>>
  readonly #client: HttpClient
  readonly #closing = new AbortController()
  #timer: Cancel | undefined

  constructor(config: OtlpSinkConfig, view: EventView, runtime: Runtime) {
    this.#config = config
    this.#view = view
    this.#runtime = runtime
    this.#bearer = bearerHeader(config.bearerFile, runtime)
    this.#client = new HttpClient(config, runtime)
  }

  begin(host: DestinationHost): void {
    const { metrics: interval } = this.#config
    if (interval !== undefined) this.#sendMetricsAfter(interval, host)
  }

  async deliver(events: readonly Event[], signal: AbortSignal): Promise<void> {
    const spans: Span[] = []
    const logRecords: LogRecord[] = []
    for (const event of events) {
      const span = spanOf(event, this.#view)
      if (span === undefined) logRecords.push(logRecordOf(event, this.#view))
      else spans.push(span)
    }
    if (logRecords.length > 0) await this.#post('logs', 'resourceLogs', 'scopeLogs', { logRecords }, signal)
    if (spans.length > 0) await this.#post('traces', 'resourceSpans', 'scopeSpans', { spans }, signal)
  }

  async close(): Promise<void> {
    this.#timer?.()
    this.#closing.abort(new Error('the sink stops'))
    await this.#client.close()
  }

  #sendMetricsAfter(interval: number, host: DestinationHost): void {
    this.#timer = this.#runtime.after(interval, async () => {
      await this.#sendMetrics(host)
      if (!this.#closing.signal.aborted) this.#sendMetricsAfter(interval, host)
    })
  }

  /** Counters say everything since the start, so that what could not be sent need not be sent later. */
  async #sendMetrics(host: DestinationHost): Promise<void> {
    try {
      const { families, started } = await host.metrics()
      const metrics = otlpMetrics(families, started, this.#runtime.now())
      await this.#post('metrics', 'resourceMetrics', 'scopeMetrics', { metrics }, this.#closing.signal)
      host.aside(undefined)
    } catch (thrown) {
      if (!this.#closing.signal.aborted) host.aside(`metrics: ${faultOf(thrown).message}`)
    }
  }

  async #post(path: string, resources: string, scopes: string, items: object, signal: AbortSignal) {
    const scope = { name: 'tocsin', version: this.#view.version }
    const message = { [resources]: [{ resource: this.#resource(), [scopes]: [{ scope, ...items }] }] }
    const body = await compressed(JSON.stringify(message), FASTEST)
    const url = new URL(this.#config.url)
    url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/${path}`
    const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }
    const all = { ...this.#config.headers, ...headers, ...(await this.#bearer()) }
    await this.#client.post(url, all, body, signal)
  }

  #resource(): object {
    const { hostname, version } = this.#view
    return {
      attributes: keyValues({
        'service.name': 'tocsin',
        'service.version': version,
        'service.instance.id': hostname,
        'host.name': hostname,
      }),
    }
  }
}
