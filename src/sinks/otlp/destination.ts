import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { Event } from '../../event/event.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import { isLong } from '../../incremental/long-text.js'
import { faultOf } from '../delivery-fault.js'
import { areShort, buffersOf, type Pieces } from '../event-json.js'
import { bearerHeader } from '../http/bearer.js'
import { HttpClient } from '../http/http-client.js'
import { headerValues, serverAddress } from '../secret-file.js'
import type { Destination, DestinationHost, EventView, SinkWork } from '../sink.js'
import { keyValues } from './any-value.js'
import type { OtlpSinkConfig } from './config.js'
import { logRecordJson } from './log-record.js'
import { otlpMetrics } from './metrics.js'
import { type Span, spanOf } from './span.js'

const FASTEST = { level: 1 }

/** In a thread of the pool, piece by piece. */
async function compressed(message: readonly Buffer[]): Promise<Buffer[]> {
  const pieces: Buffer[] = []
  for await (const piece of Readable.from(message).pipe(createGzip(FASTEST))) pieces.push(piece)
  return pieces
}

/**
 * Sends events to a collector of OpenTelemetry, as OTLP/HTTP with JSON: work that has ended as spans, everything else
 * as records of a log. The metrics of the hub follow in their own rhythm.
 */
export class OtlpDestination implements Destination {
  readonly #config: OtlpSinkConfig
  readonly #view: EventView
  readonly #runtime: Runtime
  readonly #work: SinkWork
  readonly #url: () => Promise<URL>
  readonly #headers: () => Promise<Record<string, string>>
  readonly #bearer: () => Promise<Record<string, string>>
  readonly #client: HttpClient
  readonly #closing = new AbortController()
  #timer: Cancel | undefined

  constructor(config: OtlpSinkConfig, view: EventView, runtime: Runtime, work: SinkWork) {
    this.#work = work
    this.#config = config
    this.#view = view
    this.#runtime = runtime
    this.#url = serverAddress(config.url, runtime)
    this.#headers = headerValues(config.headers, runtime)
    this.#bearer = bearerHeader(config.bearerFile, runtime)
    this.#client = new HttpClient(config, runtime)
  }

  begin(host: DestinationHost): void {
    const { metrics: interval } = this.#config
    if (interval !== undefined) this.#sendMetricsAfter(interval, host)
  }

  async deliver(events: readonly Event[], signal: AbortSignal): Promise<void> {
    const { spans, records } = await this.#work(this.#sorted(events), areShort(events))
    const isShort = areShort(events)
    if (records.length > 0) {
      const body = await this.#work(buffersOf(this.#logs(records)), isShort)
      await this.#post('logs', body, signal)
    }
    if (spans.length > 0)
      await this.#post('traces', this.#message('resourceSpans', 'scopeSpans', { spans }), signal)
  }

  /** A span has few values; what is longer is a record. */
  *#sorted(events: readonly Event[]): Generator<undefined, { spans: Span[]; records: Event[] }> {
    const spans: Span[] = []
    const records: Event[] = []
    for (const event of events) {
      const span = isLong(event) ? undefined : spanOf(event, this.#view)
      if (span === undefined) records.push(event)
      else spans.push(span)
      yield
    }
    return { spans, records }
  }

  *#logs(events: readonly Event[]): Pieces {
    const [empty] = this.#message('resourceLogs', 'scopeLogs', { logRecords: [] })
    const text = empty.toString()
    const at = text.lastIndexOf('[') + 1
    yield text.slice(0, at)
    for (const [nth, event] of events.entries()) {
      if (nth > 0) yield ','
      yield* logRecordJson(event, this.#view)
    }
    yield text.slice(at)
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
      const message = this.#message('resourceMetrics', 'scopeMetrics', { metrics })
      await this.#post('metrics', message, this.#closing.signal)
      host.aside(undefined)
    } catch (thrown) {
      if (!this.#closing.signal.aborted) host.aside(`metrics: ${faultOf(thrown).message}`)
    }
  }

  #message(resources: string, scopes: string, items: object): Buffer[] {
    const scope = { name: 'tocsin', version: this.#view.version }
    const message = { [resources]: [{ resource: this.#resource(), [scopes]: [{ scope, ...items }] }] }
    return [Buffer.from(JSON.stringify(message))]
  }

  async #post(path: string, message: readonly Buffer[], signal: AbortSignal): Promise<void> {
    const body = await compressed(message)
    const url = new URL(await this.#url())
    url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/${path}`
    const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }
    const all = { ...(await this.#headers()), ...headers, ...(await this.#bearer()) }
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
