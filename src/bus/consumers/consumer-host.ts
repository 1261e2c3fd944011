import type { Runtime } from '../../event/runtime.js'
import type { Matcher } from '../../filter/matcher.js'
import type { EventLog } from '../../log/event-log.js'
import type { SubscribeRequest } from '../api.js'
import type { BusLimits } from '../limits.js'
import type { Principal } from '../principal.js'
import type { Start } from '../resolve-position.js'
import type { Sink } from '../sink.js'
import type { Subscription } from '../subscription.js'

/** The parts of the bus that a consumer uses. */
export interface ConsumerHost {
  readonly log: EventLog
  readonly runtime: Runtime
  readonly limits: Pick<BusLimits, 'consumers' | 'unacknowledged'>
  resolve(position: string, otherwise: SubscribeRequest['otherwise']): Promise<Start>
  /** Opens a subscription after `cursor` for the consumer to start; its filter counts for the principal's quota. */
  serve(
    principal: Principal,
    request: { matcher: Matcher; cursor: number; label: string; consumer: string },
    sink: Sink,
  ): Subscription
}

/**
 * Claims consumers among hubs that share a store: only the hub that has claimed a consumer serves it, until its last
 * member has left.
 */
export interface ConsumerClaims {
  mayServe(consumer: Claimed): boolean
  idle(consumer: Claimed): void
}

export interface Claimed {
  readonly name: string
  /** The number of the claim under which this hub serves it, if it does. */
  readonly claim: number | undefined
}
