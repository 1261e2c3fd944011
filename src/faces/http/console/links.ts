import type { IncomingMessage } from 'node:http'
import type { Identity } from '../../../access/identify.js'
import { hashOf, newSecret } from '../../../access/secret.js'
import { isLoopback } from '../../../config/values/address.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Runtime } from '../../../event/runtime.js'

/** Time that a link is valid, ms. */
export const LINK_LIFE_MS = 10 * 60_000
const MAX_LINKS = 16
const RANDOM_BYTES = 32

/** A header with the ticket of a link. */
export const LINK_HEADER = 'x-tocsin-link'

/** Tickets in links with which the user who has started the hub logs in, once and on this machine only. */
export class Links {
  readonly #runtime: Runtime
  /** By hash, oldest first. */
  readonly #byHash = new Map<string, { identity: Identity; due: number }>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  issue(identity: Identity): string {
    const [oldest] = this.#byHash.keys()
    if (this.#byHash.size >= MAX_LINKS) this.#byHash.delete(oldest)
    const text = newSecret(this.#runtime, RANDOM_BYTES)
    this.#byHash.set(hashOf(text), { identity, due: this.#runtime.monotonic() + LINK_LIFE_MS })
    return text
  }

  /** Returns undefined without a ticket. Throws TCN_TICKET_INVALID for one that is not valid, or used from afar. */
  identify(request: IncomingMessage): Identity | undefined {
    const text = request.headers[LINK_HEADER]
    if (typeof text !== 'string') return undefined
    const hash = hashOf(text)
    const link = this.#byHash.get(hash)
    if (link === undefined || !isLocal(request)) throw new TocsinError('TCN_TICKET_INVALID')
    this.#byHash.delete(hash)
    if (this.#runtime.monotonic() >= link.due) throw new TocsinError('TCN_TICKET_INVALID')
    return link.identity
  }
}

/** Behind a proxy on this machine, everybody seems to be on it. */
function isLocal({ socket, headers }: IncomingMessage): boolean {
  if (headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined) return false
  const { remoteAddress, localAddress } = socket
  if (remoteAddress === undefined) return false
  // A machine that connects to an address of its own does so from this address.
  return remoteAddress === localAddress || isLoopback(remoteAddress)
}
