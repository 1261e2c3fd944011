import { createHash } from 'node:crypto'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Offered } from '../event-policy.js'

/** Requests of which only some events are stored, because the hub accepted no more at that moment. */
const MAX_BEGUN = 1_000

/** Knows how much of a request is stored that its sender sends again, so that this is not stored twice. */
export class BegunRequests {
  /** Events that are stored, by a hash of the body. */
  readonly #begun = new Map<string, number>()

  /** Returns how many events of this body are stored, and forgets it. */
  take(body: Uint8Array): number {
    if (this.#begun.size === 0) return 0
    const key = hashOf(body)
    const stored = this.#begun.get(key) ?? 0
    this.#begun.delete(key)
    return stored
  }

  keep(body: Uint8Array, events: number): void {
    const [oldest] = this.#begun.keys()
    if (this.#begun.size >= MAX_BEGUN) this.#begun.delete(oldest)
    if (events > 0) this.#begun.set(hashOf(body), events)
  }
}

/** The error for a sender that has to send a request again. */
export function notTaken(outcome: Exclude<Offered, 'taken'>): TocsinError {
  if (outcome === 'full') return new TocsinError('TCN_BUS_SUSPENDED')
  return new TocsinError('TCN_HOOK_LIMIT', 'more events than `rateLimit` allows', {
    details: { retryAfter: 1 },
  })
}

function hashOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('base64')
}
