import type { Identity } from '../../../access/identify.js'
import { hashOf, newSecret } from '../../../access/secret.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Runtime } from '../../../event/runtime.js'

/** Time that a ticket is valid, ms. */
export const TICKET_LIFE_MS = 60_000
const MAX_TICKETS = 10_000
const MAX_TICKETS_OF_PRINCIPAL = 100
const RANDOM_BYTES = 32
const MAX_TICKET_LENGTH = 64

interface Ticket {
  identity: Identity
  /** ms (monotonic) */
  due: number
}

/**
 * Tickets, which a browser sends instead of a token where it cannot set a header. A ticket is valid once, for a
 * minute, for a stream or a WebSocket, with the rights of the caller that received it: URLs end up in logs, where a
 * ticket must be worthless.
 */
export class Tickets {
  readonly #runtime: Runtime
  /** By hash, oldest first, since all tickets have the same lifetime. */
  readonly #byHash = new Map<string, Ticket>()
  readonly #counts = new Map<string, number>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Throws TCN_HTTP_TOO_MANY. */
  issue(identity: Identity): string {
    this.#dropExpired()
    const { name } = identity.principal
    const count = this.#counts.get(name) ?? 0
    if (this.#byHash.size >= MAX_TICKETS || count >= MAX_TICKETS_OF_PRINCIPAL) {
      throw new TocsinError('TCN_HTTP_TOO_MANY', 'too many unused tickets')
    }
    const text = `tkt_${newSecret(this.#runtime, RANDOM_BYTES)}`
    this.#byHash.set(hashOf(text), { identity, due: this.#runtime.monotonic() + TICKET_LIFE_MS })
    this.#counts.set(name, count + 1)
    return text
  }

  /** Redeems a ticket. Throws TCN_TICKET_INVALID if it was never issued here, has expired or has been used. */
  take(text: string): Identity {
    const hash = hashOf(text.slice(0, MAX_TICKET_LENGTH))
    const ticket = this.#byHash.get(hash)
    if (ticket === undefined) throw new TocsinError('TCN_TICKET_INVALID')
    this.#remove(hash, ticket)
    if (this.#runtime.monotonic() >= ticket.due || ticket.identity.ended?.aborted) {
      throw new TocsinError('TCN_TICKET_INVALID')
    }
    return ticket.identity
  }

  #dropExpired(): void {
    const now = this.#runtime.monotonic()
    for (const [hash, ticket] of this.#byHash) {
      if (now < ticket.due) return
      this.#remove(hash, ticket)
    }
  }

  #remove(hash: string, { identity: { principal } }: Ticket): void {
    this.#byHash.delete(hash)
    const left = (this.#counts.get(principal.name) ?? 1) - 1
    if (left === 0) this.#counts.delete(principal.name)
    else this.#counts.set(principal.name, left)
  }
}
