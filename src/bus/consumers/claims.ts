import { TocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import type { Bucket, StateChange, StateEntry, StateStore } from '../../state/state-store.js'
import { LEASE_KEPT, Leases, type ServingHub } from './leases.js'

export interface ClaimsOptions {
  state: StateStore
  runtime: Runtime
  hub: ServingHub
  /** Time after which others take over from a hub that has died, ms. */
  ttl: number
  /** Called when this hub may no longer serve a consumer, which another hub may serve already. */
  lost(consumer: string): void
}

interface Claim {
  session: string
  hub: ServingHub
}

/** The record of a consumer: the claim of a hub, or that it was given up. */
interface Stored extends Claim {
  /** The number of the last claim under which the consumer was served, if it was given up. */
  released: number
}

/** A claim of this hub. */
export interface TakenClaim {
  readonly number: number
  /** The number of the last claim before it; undefined if there was none, or if it is not known. */
  readonly before: number | undefined
}

/** Another hub may claim or release at the same time, which is tried again at once, but not for ever. */
const ATTEMPTS = 10

/**
 * The claims of hubs on durable consumers: each is served by one hub at a time. A claim holds for as long as the lease
 * of its hub, so that a claim itself need not be renewed. Each claim has a higher number than those before it.
 */
export class Claims {
  readonly #options: ClaimsOptions
  readonly #bucket: Bucket
  readonly #leases: Leases
  /** The claims of this hub. */
  readonly #held = new Map<string, TakenClaim>()
  /** Claims of other hubs. */
  readonly #others = new Map<string, Claim>()
  readonly #unwatch: () => void

  private constructor(options: ClaimsOptions, bucket: Bucket, leases: Leases) {
    this.#options = options
    this.#bucket = bucket
    this.#leases = leases
    this.#unwatch = bucket.watch('', (change) => this.#follow(change))
  }

  static async open(options: ClaimsOptions): Promise<Claims> {
    const { state, runtime, hub, ttl } = options
    const bucket = state.bucket('hubs', { timeToLive: LEASE_KEPT })
    let claims: Claims | undefined
    const ended = () => claims?.loseAll()
    const leases = await Leases.open({ bucket, runtime, hub, ttl, ended })
    claims = new Claims(options, state.bucket('claims'), leases)
    for await (const entry of claims.#bucket.list()) claims.#read(entry)
    return claims
  }

  /** Returns whether this hub may serve the consumer now. */
  isHeld(consumer: string): boolean {
    return this.#held.has(consumer) && this.#leases.isValid
  }

  /** The number of this hub's claim; undefined without one. */
  numberOf(consumer: string): number | undefined {
    return this.#held.get(consumer)?.number
  }

  /** The hub that serves the consumer, for display: one that has died is among them until another takes over. */
  holderOf(consumer: string): ServingHub | undefined {
    return this.#held.has(consumer) ? this.#options.hub : this.#others.get(consumer)?.hub
  }

  /** Rejects with TCN_CONSUMER_ELSEWHERE if another hub serves the consumer. */
  async take(consumer: string): Promise<TakenClaim> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const entry = await this.#bucket.get(consumer)
      const claim = entry && readClaim(entry)
      if (claim !== undefined && (await this.#leases.isAlive(claim.session)) && !this.#isOwn(claim))
        throw elsewhere(consumer, claim.hub)
      if (!this.#leases.isValid)
        throw withoutHub(consumer, 'this hub cannot reach the store that all hubs share')
      const number = await this.#write(consumer, this.#own, entry?.revision ?? 0)
      if (number === undefined) continue
      const taken = { number, before: entry && lastClaim(entry) }
      this.#held.set(consumer, taken)
      this.#others.delete(consumer)
      if (this.isHeld(consumer)) return taken
      this.#held.delete(consumer)
    }
    throw withoutHub(consumer, 'other hubs claim it at the same time')
  }

  /** Gives the consumer up, so that the next hub that is asked for it serves it. `served`: whether this hub has served it. */
  async release(consumer: string, served = true): Promise<void> {
    const claim = this.#held.get(consumer)
    if (claim === undefined) return
    this.#held.delete(consumer)
    const { number, before } = claim
    // Not deleted, as another hub may have taken over: only this hub's own claim is replaced.
    await this.#write(consumer, { released: served ? number : before }, number)
  }

  /** Removes the claim on a consumer that is removed. */
  async forget(consumer: string): Promise<void> {
    this.#held.delete(consumer)
    await this.#bucket.delete(consumer)
  }

  loseAll(): void {
    for (const consumer of [...this.#held.keys()]) this.#lose(consumer)
  }

  /** Gives everything up. */
  async close(): Promise<void> {
    this.#unwatch()
    this.#held.clear()
    await this.#leases.close()
  }

  get #own(): Claim {
    return { session: this.#leases.session, hub: this.#options.hub }
  }

  #isOwn({ session }: Claim): boolean {
    return session === this.#leases.session
  }

  #follow(change: StateChange): void {
    const claim = this.#held.get(change.key)
    if (claim !== undefined && change.revision > claim.number) this.#lose(change.key)
    if (change.type === 'put') this.#read(change)
    else this.#others.delete(change.key)
  }

  #read(entry: StateEntry): void {
    const claim = readClaim(entry)
    if (claim === undefined || this.#isOwn(claim)) this.#others.delete(entry.key)
    else this.#others.set(entry.key, claim)
  }

  #lose(consumer: string): void {
    this.#held.delete(consumer)
    this.#options.lost(consumer)
  }

  /** Resolves with undefined if the claim was changed after `revision`. */
  async #write(consumer: string, claim: Partial<Stored>, revision: number): Promise<number | undefined> {
    try {
      return await this.#bucket.compareAndSet(consumer, Buffer.from(JSON.stringify(claim)), revision)
    } catch (thrown) {
      if (TocsinError.is(thrown, 'TCN_STATE_CONFLICT')) return undefined
      throw thrown
    }
  }
}

/** Returns undefined for a claim that was given up, or makes no sense. */
function readClaim(entry: StateEntry): Claim | undefined {
  const { session, hub } = readStored(entry)
  return typeof session === 'string' && typeof hub?.name === 'string' ? { session, hub } : undefined
}

/** Returns the number of the last claim: the entry is that claim, or says that it was given up. */
function lastClaim(entry: StateEntry): number | undefined {
  if (readClaim(entry) !== undefined) return entry.revision
  const { released } = readStored(entry)
  return typeof released === 'number' ? released : undefined
}

/** Returns what is stored, without a check of its fields. */
function readStored({ value }: StateEntry): Partial<Stored> {
  try {
    return JSON.parse(Buffer.from(value).toString()) ?? {}
  } catch {
    return {}
  }
}

/** Tells a client where to go; with an empty address, it tries the other hubs that it knows. */
function elsewhere(consumer: string, { name, address = '' }: ServingHub): TocsinError {
  const where = address === '' ? name : `${name} at ${address}`
  const message = `the consumer ${consumer} is served by the hub ${where}`
  return new TocsinError('TCN_CONSUMER_ELSEWHERE', message, { details: { consumer, hub: name, address } })
}

function withoutHub(consumer: string, why: string): TocsinError {
  const message = `the consumer ${consumer} cannot be served here: ${why}`
  return new TocsinError('TCN_CONSUMER_ELSEWHERE', message, { details: { consumer, address: '' } })
}
