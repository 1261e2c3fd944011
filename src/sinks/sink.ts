import type { Event } from '../event/event.js'
import type { Runtime } from '../event/runtime.js'
import type { SeverityName } from '../event/severity.js'
import type { FilterInput } from '../filter/index.js'
import type { Display } from '../types/display.js'
import type { MetricFamily } from '../types/metric.js'

/** The number and the pauses of the attempts of a sink. */
export interface RetryPolicy {
  /** Attempts for an event that the destination refuses, before it is parked. */
  tries: number
  /** First pause, and longest one, ms. Each is twice as long as the one before. */
  pause: number
  maxPause: number
  /**
   * Time that an event waits for a destination that cannot be reached before it is parked, ms. Undefined means
   * indefinitely.
   */
  patience: number | undefined
}

/** Describes a sink to the hub, which makes a new destination at each start. */
export interface SinkDefinition {
  readonly name: string
  readonly type: string
  /** Where it delivers to, for people, without secrets. */
  readonly target: string
  readonly filter: FilterInput | undefined
  /** Position at which a new sink begins. */
  readonly from: string
  /** Deliveries at once. With more than one, the order is not kept. */
  readonly parallel: number
  /** Most events of one delivery, and how long they are waited for, ms. */
  readonly batch: { readonly events: number; readonly wait: number }
  readonly retry: RetryPolicy
  create(view: EventView, runtime: Runtime, work: SinkWork): Destination
}

/** Does what may take long in turns with the other sinks; short work at once if there is time. */
export type SinkWork = <Result>(steps: Iterator<unknown, Result>, isShort: boolean) => Promise<Result>

/** Where events go. */
export interface Destination {
  /** Called once, before the first delivery, unless the destination is only tried. */
  begin?(host: DestinationHost): void
  /** Resolves when it has taken all of the events. Rejects with a DeliveryFault; the signal ends the attempt. */
  deliver(events: readonly Event[], signal: AbortSignal): Promise<void>
  /** Shows the request for the events, with secrets masked. Destinations without it cannot say that. */
  preview?(events: readonly Event[]): Promise<DeliveryPreview>
  close(): Promise<void>
}

/** A request for people to look at. */
export interface DeliveryPreview {
  url: string
  headers: Record<string, string>
  body: string
}

/** The host of a destination that sends more than events. */
export interface DestinationHost {
  metrics(): Promise<HubMetrics>
  /** Says why something beside the events could not be sent; undefined when it was. */
  aside(problem: string | undefined): void
  /** Says that the destination has taken a message, and not kept `count` items of it. */
  rejected(count: number, reason: string): void
}

/** The metrics of the hub, which started at `started`, µs since the epoch. */
export interface HubMetrics {
  families: readonly MetricFamily[]
  started: number
}

/** The form in which events of this hub are shown outside. */
export interface EventView {
  readonly epoch: string
  typeOf(tag: string): string
  severityOf(event: Event): SeverityName | undefined
  displayOf(type: string): Display | undefined
  readonly hostname: string
  readonly version: string
}

/** The name of the durable consumer that keeps the position of a sink. */
export function consumerOf(sink: string): string {
  return `sink.${sink}`
}
