import type { Event } from '../../event/event.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import { isLong } from '../../incremental/long-text.js'
import type { OtlpKind } from '../../protocols/otlp/messages.js'
import { DeliveryFault, type FaultKind, faultOf, quoted, UnwantedEvents } from '../delivery-fault.js'
import { areShort } from '../event-json.js'
import { HttpFault } from '../http/http-client.js'
import type { Destination, DestinationHost, EventView, SinkWork } from '../sink.js'
import { keyValues } from './any-value.js'
import type { OtlpSinkConfig } from './config.js'
import { encodings, type OtlpEncoding, type OtlpSender } from './encoding.js'
import { otlpMetrics } from './metrics.js'
import { OtlpOutlet } from './outlet.js'
import type { Rejected } from './partial-success.js'
import { type Span, spanOf } from './span.js'

type EventKind = Exclude<OtlpKind, 'metrics'>

/** Answers by which a server says that there is nothing at the address of a kind. */
const NOT_THERE = new Set([404, 405, 501])
/** The fault of a delivery is the first of these that one of its kinds has. */
const BY_WEIGHT: readonly FaultKind[] = ['gone', 'unavailable', 'unclear', 'ended', 'refused', 'unwanted']

interface Sorted {
  spans: { span: Span; event: Event }[]
  records: Event[]
}

/**
 * Sends events to a collector of OpenTelemetry, as OTLP over HTTP: work that has ended as spans, everything else
 * as records of a log. The metrics of the hub follow in their own rhythm.
 */
export class OtlpDestination implements Destination {
  readonly #config: OtlpSinkConfig
  readonly #view: EventView
  readonly #runtime: Runtime
  readonly #work: SinkWork
  readonly #encoding: OtlpEncoding
  readonly #outlets: Readonly<Record<OtlpKind, OtlpOutlet>>
  #host: DestinationHost | undefined
  readonly #closing = new AbortController()
  #timer: Cancel | undefined

  constructor(config: OtlpSinkConfig, view: EventView, runtime: Runtime, work: SinkWork) {
    this.#work = work
    this.#encoding = encodings[config.encoding]
    this.#config = config
    this.#view = view
    this.#runtime = runtime
    const outlet = (kind: OtlpKind) => new OtlpOutlet(kind, config, runtime)
    this.#outlets = { logs: outlet('logs'), traces: outlet('traces'), metrics: outlet('metrics') }
  }

  begin(host: DestinationHost): void {
    this.#host = host
    const { metrics: interval } = this.#config
    if (interval !== undefined) this.#sendMetricsAfter(interval, host)
  }

  /** Logs and spans have an outcome of their own: what was taken is not posted again with the rest. */
  async deliver(events: readonly Event[], signal: AbortSignal): Promise<void> {
    const isShort = areShort(events)
    const { spans, records } = await this.#work(this.#sorted(events), isShort)
    const worked = spans.map(({ event }) => event)
    const ofLogs = await this.#deliverKind('logs', records, signal, () =>
      this.#work(this.#encoding.logs(this.#sender(), records, this.#view), isShort),
    )
    const ofSpans = await this.#deliverKind('traces', worked, signal, async () =>
      this.#message(
        'traces',
        spans.map(({ span }) => span),
      ),
    )
    const fault = heaviest(ofLogs, ofSpans)
    if (fault === undefined) return
    fault.taken = [...(ofLogs === undefined ? records : []), ...(ofSpans === undefined ? worked : [])]
    throw fault
  }

  /** Returns why it was not taken. */
  async #deliverKind(
    kind: EventKind,
    events: readonly Event[],
    signal: AbortSignal,
    message: () => Promise<Buffer[]>,
  ): Promise<DeliveryFault | undefined> {
    if (events.length === 0) return undefined
    try {
      const rejected = await this.#outlets[kind].post(await message(), signal)
      if (rejected !== undefined) this.#tell(kind, rejected)
      return undefined
    } catch (thrown) {
      const fault = faultOf(thrown)
      if (!(fault instanceof HttpFault) || !NOT_THERE.has(fault.status)) return fault
      const other = kind === 'logs' ? 'traces' : 'logs'
      if (!(await this.#takes(other, signal))) return fault
      return new UnwantedEvents(events, `the server takes ${other}, but not ${kind}: ${fault.message}`)
    }
  }

  /** Asks the server with an empty message, which every collector takes. */
  async #takes(kind: EventKind, signal: AbortSignal): Promise<boolean> {
    if (!this.#config.kinds.includes(kind)) return false
    try {
      await this.#outlets[kind].post(this.#message(kind, []), signal)
      return true
    } catch (thrown) {
      return faultOf(thrown).kind === 'refused'
    }
  }

  /** A destination that is only tried has no host to tell. */
  #tell(kind: EventKind, { count, reason }: Rejected): void {
    const text = `${kind}: ${count} not kept${reason === '' ? '' : `: ${quoted(reason)}`}`
    if (this.#host === undefined) throw new DeliveryFault('refused', text)
    this.#host.rejected(count, text)
  }

  /** A span has few values; what is longer is a record. */
  *#sorted(events: readonly Event[]): Generator<undefined, Sorted> {
    const { kinds } = this.#config
    const sorted: Sorted = { spans: [], records: [] }
    for (const event of events) {
      const span = kinds.includes('traces') && !isLong(event) ? spanOf(event, this.#view) : undefined
      if (span !== undefined) sorted.spans.push({ span, event })
      else if (kinds.includes('logs')) sorted.records.push(event)
      yield
    }
    return sorted
  }

  async close(): Promise<void> {
    this.#timer?.()
    this.#closing.abort(new Error('the sink stops'))
    await Promise.all(Object.values(this.#outlets).map((outlet) => outlet.close()))
  }

  #sendMetricsAfter(interval: number, host: DestinationHost): void {
    this.#timer = this.#runtime.after(interval, () => void this.#sendMetricsAgain(interval, host))
  }

  async #sendMetricsAgain(interval: number, host: DestinationHost): Promise<void> {
    await this.#sendMetrics(host)
    if (!this.#closing.signal.aborted) this.#sendMetricsAfter(interval, host)
  }

  /** Counters say everything since the start, so that what could not be sent need not be sent later. */
  async #sendMetrics(host: DestinationHost): Promise<void> {
    try {
      const { families, started } = await host.metrics()
      const metrics = otlpMetrics(families, started, this.#runtime.now())
      const message = this.#message('metrics', metrics)
      const rejected = await this.#outlets.metrics.post(message, this.#closing.signal)
      host.aside(rejected && `metrics: ${rejected.count} points not kept: ${quoted(rejected.reason)}`)
    } catch (thrown) {
      if (!this.#closing.signal.aborted) host.aside(`metrics: ${faultOf(thrown).message}`)
    }
  }

  #message(kind: OtlpKind, items: readonly object[]): Buffer[] {
    return this.#encoding.message(kind, this.#sender(), items)
  }

  #sender(): OtlpSender {
    return { resource: this.#resource(), scope: { name: 'tocsin', version: this.#view.version } }
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

function heaviest(...faults: (DeliveryFault | undefined)[]): DeliveryFault | undefined {
  for (const kind of BY_WEIGHT) {
    const fault = faults.find((each) => each?.kind === kind)
    if (fault !== undefined) return fault
  }
  return undefined
}
