import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Identity } from '../../access/identify.js'
import { TocsinError } from '../../event/errors.js'
import { formatTime } from '../../event/range.js'
import type { Runtime } from '../../event/runtime.js'
import type { HttpContext } from './context.js'
import { type Route, route } from './route.js'

/** How long a ticket may wait to be used, ms. */
export const TICKET_LIFE = 60_000
const MOST_TICKETS = 10_000
const MOST_OF_ONE = 100
const RANDOM_BYTES = 32
const LONGEST_TICKET = 64

interface Ticket {
  identity: Identity
  /** ms (monotonic) */
  due: number
}

/**
 * What a browser shows instead of a token where it cannot set a header: good once, for a minute, for a stream or a
 * WebSocket, and for nobody but who asked for it. In an address it may end in a log, so it must be worth nothing there.
 */
export class Tickets {
  readonly #runtime: Runtime
  /** By hash; the oldest first, for all live equally long. */
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
    if (this.#byHash.size >= MOST_TICKETS || count >= MOST_OF_ONE) {
      throw new TocsinError('TCN_HTTP_TOO_MANY', 'too many tickets that have not been used')
    }
    const text = `tkt_${Buffer.from(this.#runtime.random(RANDOM_BYTES)).toString('base64url')}`
    this.#byHash.set(hashOf(text), { identity, due: this.#runtime.monotonic() + TICKET_LIFE })
    this.#counts.set(name, count + 1)
    return text
  }

  /** Throws TCN_TICKET_INVALID: it was never issued here, has expired or was used. */
  take(text: string): Identity {
    const hash = hashOf(text.slice(0, LONGEST_TICKET))
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

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}

const issued = z.object({ ticket: z.string(), expires: z.iso.datetime() })

export function ticketRoutes({ tickets, runtime }: HttpContext): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v1/ticket',
      summary: 'A ticket for one stream or WebSocket: ?ticket=…, once, within a minute.',
      right: 'any',
      answers: { 201: { description: 'The ticket.', schema: issued } },
      handle: ({ principal, ended, reply }) => {
        void reply.code(201)
        const expires = formatTime(runtime.now() + TICKET_LIFE * 1000)
        return { ticket: tickets.issue({ principal, ended }), expires }
      },
    }),
  ]
}
