import type { Event } from '../event/event.js'
import { type Cancel, endedInTime, type Runtime } from '../event/runtime.js'
import { type DeliveryFault, faultOf } from './delivery-fault.js'
import { HeldEvents } from './held-events.js'
import { pauseAfter, sleep } from './pauses.js'
import type { Destination, SinkDefinition } from './sink.js'

/** Time that a stop waits for deliveries that are under way. */
const GRACE_MS = 3_000
/** Time that it waits after it has asked for an end: a destination in which something has thrown may never answer. */
const ABORT_MS = 1_000

/** Receives the outcome of each event. */
export interface DeliveryListener {
  delivered(events: readonly Event[]): void
  parked(event: Event, reason: string): void
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
    while (this.#running.size < parallel && this.held.length > 0 && !this.#ending.signal.aborted) {
      const work = this.#settle(this.held.take(batch.events)).finally(() => {
        this.#running.delete(work)
        if (this.held.length > 0) this.#gather()
      })
      this.#running.add(work)
    }
  }

  /** Tries until the events are delivered or parked. */
  async #settle(events: readonly Event[]): Promise<void> {
    const { retry } = this.#definition
    const since = this.#runtime.monotonic()
    let refused = 0
    for (let attempt = 1; ; attempt++) {
      const fault = await this.#attempt(events)
      if (fault === undefined) return this.#settled(events, () => this.#listener.delivered(events))
      if (this.#ending.signal.aborted) return
      if (fault.kind === 'gone') {
        this.#ending.abort(fault)
        return this.#listener.gone(fault)
      }
      if (fault.kind === 'refused' && events.length > 1) return this.#oneByOne(events)
      if (fault.kind === 'refused') refused++
      const waited = this.#runtime.monotonic() - since
      if (refused >= retry.tries) return this.#park(events, `${fault.message}; ${refused} tries`)
      if (fault.kind === 'unavailable' && waited >= (retry.patience ?? Number.POSITIVE_INFINITY))
        return this.#park(events, `${fault.message}; for ${Math.round(waited / 1000)} s`)
      const pause = pauseAfter(attempt, retry, this.#runtime, fault.retryAfter)
      this.#listener.failed(fault, pause)
      await sleep(this.#runtime, pause, this.#ending.signal)
      if (this.#ending.signal.aborted) return
    }
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

  #park(events: readonly Event[], reason: string): void {
    for (const event of events) this.#settled([event], () => this.#listener.parked(event, reason))
  }

  /** The listener asks for more once the memory is free. */
  #settled(events: readonly Event[], tell: () => void): void {
    this.held.settled(events)
    tell()
  }
}
