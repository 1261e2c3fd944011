import type { Runtime } from '../event/runtime.js'
import type { EventLog } from '../log/event-log.js'
import type { SubscribeRequest } from './api.js'
import type { Delivery } from './delivery.js'
import type { Gates } from './gates.js'
import type { Group } from './group.js'
import type { BusLimits } from './limits.js'
import type { LongBatches } from './long-batches.js'
import type { TickBudget } from './tick-budget.js'

/** The parts of the bus that its subscriptions share. */
export interface SubscriptionHost<Subscription> {
  readonly runtime: Runtime
  readonly log: EventLog
  readonly delivery: Delivery
  readonly gates: Gates
  /** Limits how long all subscriptions that catch up read in one turn of the event loop. */
  readonly budget: TickBudget
  /** Limits the memory of long events that wait for the peers of one principal. */
  readonly longBatches: LongBatches
  readonly limits: Pick<BusLimits, 'queue'>
  /** Returns the group for another filter; undefined if the flush before that ended the subscription. */
  regroup(subscription: Subscription, filters: SubscribeRequest['filters']): Group | undefined
  /** Called when the subscription has ended. */
  released(subscription: Subscription): void
}
