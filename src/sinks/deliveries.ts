import { setMaxListeners } from 'node:events'
import type { Event } from '../event/event.js'
import { type Cancel, endedInTime, type Runtime, sleep } from '../event/runtime.js'
import { type DeliveryFault, faultOf, UnwantedEvents } from './delivery-fault.js'
import { HeldEvents } from './held-events.js'
import { pauseAfter } from './pauses.js'
import type { Destination, SinkDefinition } from './sink.js'
import type { SinkParking } from './sink-host.js'

/** Time that a stop waits for deliveries that are under way. */
const GRACE_MS = 3_000
/** Time that it waits after it has asked for an end: a destination in which something has thrown may never answer. */
const ABORT_MS = 1_000
/** Deliveries that wait for a part of their destination while others pass. */
const MAX_ASIDE = 32
/** Bytes of their events: half of what a sink may hold, so that the other half can pass. */
const MAX_ASIDE_BYTES = 128 * 1024
/** Attempts at a batch that ends the connection each time, before its events are tried one by one. */
const TRIES_TOGETHER = 3
/** The time that they wait, unless the sink has a patience of its own: longer than any usual greylisting, ms. */
const LATER_MS = 3_600_000

function bytesOf(events: readonly Event[]): number {
  return events.reduce((sum, { at, end }) => sum + end - at, 0)
}

/** Receives the outcome of each event. */
export interface DeliveryListener {
  delivered(events: readonly Event[]): void
  parked(event: Event, parking: SinkParking): void
  /** An attempt has failed; `pause` is the time until the next one, ms. */
  failed(fault: DeliveryFault, pause: number): void
  /** The destination wants no more events. Nothing is delivered after that. */
  gone(fault: DeliveryFault): void
}

/**
 * Delivers events in their order, in batches, and again until they are taken or parked. With several deliveries at
 * once, each batch keeps its order.
 */
export class Deliveries {
  readonly held = new HeldEvents()
  readonly #definition: Pick<SinkDefinition, 'parallel' | 'batch' | 'retry'>
  readonly #destination: Destination
  readonly #runtime: Runtime
  readonly #listener: DeliveryListener
  /** Fires when nothing more is begun, and no pause goes on. */
  readonly #ending = new AbortController()
  /** Fires a while later, for what is being delivered. */
  readonly #aborting = new AbortController()
  #begun = false
  readonly #running = new Set<Promise<void>>()
  /** Those of them that others may pass. */
  readonly #aside = new Set<readonly Event[]>()
  #gathering: Cancel | undefined

  constructor(
    definition: Pick<SinkDefinition, 'parallel' | 'batch' | 'retry'>,
    destination: Destination,
    runtime: Runtime,
    listener: DeliveryListener,
  ) {
    this.#definition = definition
    this.#destination = destination
    this.#runtime = runtime
    this.#listener = listener
    // Each delivery that is under way or waits listens to them.
    setMaxListeners(0, this.#ending.signal, this.#aborting.signal)
  }

  add(pieces: readonly Uint8Array[]): void {
    this.held.add(pieces)
    if (this.#begun) this.#gather()
  }

  /** Begins to deliver, now that what was delivered can be settled. */
  begin(): void {
    this.#begun = true
    if (this.held.length > 0) this.#gather()
  }

  /** Ends all attempts; what is being delivered has a little time left. Resolves when the destination is closed. */
  async stop(): Promise<void> {
    this.#gathering?.()
    this.#ending.abort()
    const cancel = this.#runtime.after(GRACE_MS, () => this.#aborting.abort(new Error('the sink stops')))
    await endedInTime(this.#runtime, Promise.all(this.#running), GRACE_MS + ABORT_MS)
    cancel()
    await this.#destination.close()
  }

  /** Waits for a full batch, as long as the definition says. */
  #gather(): void {
    const { events, wait } = this.#definition.batch
    if (this.held.length >= events || wait === 0) this.#begin()
    else
      this.#gathering ??= this.#runtime.after(wait, () => {
        this.#gathering = undefined
        this.#begin()
      })
  }

  #begin(): void {
    const { parallel, batch } = this.#definition
    const isFree = () => this.#running.size - this.#aside.size < parallel
    while (isFree() && this.held.length > 0 && !this.#ending.signal.aborted) {
      const work = this.#settle(this.held.take(batch.events)).finally(() => {
        this.#running.delete(work)
        if (this.held.length > 0) this.#gather()
      })
      this.#running.add(work)
    }
  }

  async #settle(events: readonly Event[]): Promise<void> {
    try {
      await this.#trying(events)
    } finally {
      this.#aside.delete(events)
    }
  }

  /** Tries until the events are delivered or parked. */
  async #trying(events: readonly Event[]): Promise<void> {
    const { retry } = this.#definition
    const since = this.#runtime.monotonic()
    let blamed = 0
    for (let attempt = 1; ; attempt++) {
      const fault = await this.#attempt(events)
      if (fault === undefined) return this.#delivered(events)
      if (this.#ending.signal.aborted) return
      if (fault.kind === 'gone') {
        this.#ending.abort(fault)
        return this.#listener.gone(fault)
      }
      if (fault instanceof UnwantedEvents) return this.#divide(events, fault, attempt)
      if (fault.kind === 'refused' || fault.kind === 'ended') blamed++
      const isOneOfThem = fault.kind === 'refused' || blamed >= TRIES_TOGETHER
      if (events.length > 1 && isOneOfThem) return this.#oneByOne(events)
      const end = this.#endOf(events, fault, blamed, this.#runtime.monotonic() - since)
      if (end !== undefined) return this.#park(events, { reason: `${fault.message}; ${end}`, tries: attempt })
      const pause = pauseAfter(attempt, retry, this.#runtime, fault.retryAfter)
      this.#listener.failed(fault, pause)
      await sleep(this.#runtime, pause, this.#ending.signal)
      if (this.#ending.signal.aborted) return
    }
  }

  /** Says why there is no further attempt; undefined if there is one. `waited`: ms since the first attempt. */
  #endOf(
    events: readonly Event[],
    { kind }: DeliveryFault,
    blamed: number,
    waited: number,
  ): string | undefined {
    const { tries, patience } = this.#definition.retry
    if (blamed >= tries) return `${blamed} tries`
    const longest = patience ?? (kind === 'partial' ? LATER_MS : Number.POSITIVE_INFINITY)
    if (kind !== 'refused' && waited >= longest) return `for ${Math.round(waited / 1000)} s`
    if (kind !== 'partial' || this.#letPass(events)) return undefined
    return 'too much waits already'
  }

  /** Lets the following events be delivered meanwhile. False if too many are put aside already. */
  #letPass(events: readonly Event[]): boolean {
    if (this.#aside.has(events)) return true
    if (this.#aside.size >= MAX_ASIDE || bytesOf([...this.#aside, events].flat()) > MAX_ASIDE_BYTES)
      return false
    this.#aside.add(events)
    if (this.held.length > 0) this.#gather()
    return true
  }

  async #attempt(events: readonly Event[]): Promise<DeliveryFault | undefined> {
    try {
      await this.#destination.deliver(events, this.#aborting.signal)
      return undefined
    } catch (thrown) {
      return faultOf(thrown)
    }
  }

  /** Finds the event of a batch that is refused. */
  async #oneByOne(events: readonly Event[]): Promise<void> {
    for (const event of events) {
      if (this.#ending.signal.aborted) return
      await this.#settle([event])
    }
  }

  #divide(events: readonly Event[], { events: unwanted, message }: UnwantedEvents, tries: number): void {
    const taken = events.filter((event) => !unwanted.includes(event))
    if (taken.length > 0) this.#delivered(taken)
    this.#park(unwanted, { reason: message, tries })
  }

  #delivered(events: readonly Event[]): void {
    this.#settled(events, () => this.#listener.delivered(events))
  }

  #park(events: readonly Event[], parking: SinkParking): void {
    for (const event of events) this.#settled([event], () => this.#listener.parked(event, parking))
  }

  /** The listener asks for more once the memory is free. */
  #settled(events: readonly Event[], tell: () => void): void {
    this.held.settled(events)
    tell()
  }
}
