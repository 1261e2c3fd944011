import type { CompactionCause, CompactionReport, LogReader, Retention } from '../log/event-log.js'
import type { ConsumersApi } from './consumers/consumers.js'
import type { TickTimes } from './delivery.js'
import type { BusCounters, PublisherView, SubscriptionView } from './statistics.js'
import type { TickBudget } from './tick-budget.js'

/** The stream as far as it was delivered, for queries over it. */
export interface BusReader {
  readonly epoch: string
  readonly log: LogReader
  /** Seq of the last event handed to live subscribers; the log may already hold later ones. */
  readonly dispatched: number
  /** Delivers now what was stored in this tick. */
  flush(): void
  /** Limits how long reading the log takes in one turn of the event loop. */
  readonly budget: TickBudget
}

/** The bus as management methods and metrics see it. */
export interface BusAdmin extends BusReader {
  /** True if the log can acknowledge `durable`. */
  readonly durable: boolean
  readonly suspended: boolean
  /** Bytes of events stored since the bus was opened. */
  readonly storedBytes: number
  readonly consumers: ConsumersApi
  readonly subscriptions: Iterable<SubscriptionView>
  readonly publishers: Iterable<PublisherView>
  readonly tickTimes: Pick<TickTimes, 'counts' | 'sum'>
  /** Events since the bus was opened. */
  counters(): BusCounters
  /** Removes whole segments over a limit, after the counters of producers are saved. */
  compact(policy: Retention, cause: CompactionCause): Promise<CompactionReport>
  /** Applies changed rights: everything that is open continues with the new ones. */
  reauthorize(): void
  /** Applies limits that were changed in place, as far as they are not looked up when they are needed. */
  limitsChanged(): void
}
