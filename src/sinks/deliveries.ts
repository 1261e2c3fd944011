import { setMaxListeners } from 'node:events'
import type { Event } from '../event/event.js'
import { type Cancel, endedInTime, type Runtime, sleep } from '../event/runtime.js'
import { Blame } from './blame.js'
import { type DeliveryFault, type FaultKind, faultOf, UnwantedEvents } from './delivery-fault.js'
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
/** Faults of a destination of which nothing is heard about the event. */
const SAYS_NOTHING: ReadonlySet<FaultKind> = new Set(['unavailable', 'unclear', 'gone'])
/** The time that they wait, unless the sink has a patience of its own: longer than any usual greylisting, ms. */
const LATER_MS = 3_600_000

function bytesOf(events: readonly Event[]): number {
  return events.reduce((sum, { at, end }) => sum + end - at, 0)
}

/** Receives the outcome of each event. */
export interface DeliveryListener {
  /** `whileOthersWait`: others that came before them, or with them, are not taken. */
  delivered(events: readonly Event[], whileOthersWait?: boolean): void
  parked(event: Event, parking: SinkParking): void
  /** An attempt has failed; `pause` is the time until the next one, ms. */
  failed(fault: DeliveryFault, pause: number): void
  /** Another event can be held. */
  hasRoom(): void
  /** The destination wants no more events. Nothing is delivered after that. */
  gone(fault: DeliveryFault): void
}

/**
 * Delivers events in their order, in batches, and again until they are taken or parked. While it is not clear who is to
 * blame for a delivery that fails again and again, single later events are tried.
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
  /** Events that the destination has taken. */
  #taken = 0
  /** The event that is tried out of its turn. */
  #tried: Event | undefined

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

  /** The event at which the destination may have failed as a whole. */
  get suspect(): Event | undefined {
    return this.#tried ?? this.held.oldest
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
    if (this.held.length >= events || wait === 0 || this.held.hasSingle) this.#begin()
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

  /** Tries until the events are delivered or parked, or are put back to be delivered one by one. */
  async #trying(events: readonly Event[]): Promise<void> {
    const { retry } = this.#definition
    const since = this.#runtime.monotonic()
    const blame = new Blame(retry.tries)
    let open = events
    for (;;) {
      const fault = await this.#attempt(open)
      if (fault === undefined) return this.#delivered(open)
      open = this.#without(fault.taken, open)
      if (this.#ending.signal.aborted || open.length === 0) return
      if (fault.kind === 'gone') return this.#gone(fault)
      blame.note(fault, this.#taken)
      if (fault instanceof UnwantedEvents) return this.#divide(open, fault, blame)
      if (open.length > 1 && blame.isOnOne(fault)) return this.held.putBackAlone(open, 0)
      const end = this.#endOf(events, fault, blame, this.#runtime.monotonic() - since)
      if (end !== undefined) return this.#park(open, `${fault.message}; ${end}`, blame)
      const pause = pauseAfter(
        blame.isNew ? blame.count : blame.attempts,
        retry,
        this.#runtime,
        fault.retryAfter,
      )
      this.#listener.failed(blame.shown(fault, open), pause)
      const trial = blame.wantsAnother(fault) ? await this.#tryAnother(open, blame) : undefined
      if (trial === 'apart') return this.held.putBackAlone(open, 0)
      if (trial === undefined) await sleep(this.#runtime, pause, this.#ending.signal)
      else open = open.filter((event) => event !== trial)
      if (this.#ending.signal.aborted) return
    }
  }

  /**
   * Tries one other event, of the same delivery or a later one, and returns it if it is taken: `open` is tried again at
   * once then. `apart` says that one of `open` has an answer of its own.
   */
  async #tryAnother(open: readonly Event[], blame: Blame): Promise<Event | 'apart' | undefined> {
    if (this.#tried !== undefined) return undefined
    const own = open.length > 1 ? open : []
    const others = own.length + this.held.length
    if (others === 0) return this.#makeRoom(open)
    const nth = blame.next(others)
    const place = nth - own.length
    const event = own[nth] ?? this.held.takeOne(place)
    this.#tried = event
    const fault = await this.#attempt([event])
    this.#tried = undefined
    if (fault === undefined) {
      blame.wasTaken()
      this.#delivered([event], true)
      return event
    }
    const isAnswer = !SAYS_NOTHING.has(fault.kind)
    if (place < 0) return isAnswer ? 'apart' : undefined
    // It may have got to some of its recipients, so that it is a delivery of its own now.
    if (isAnswer) this.held.putBackAlone([event], place)
    else this.held.putBack([event], place)
    return undefined
  }

  /** An event may be so long that no other one is held. */
  #makeRoom([event]: readonly Event[]): undefined {
    this.held.makeRoom(event)
    this.#listener.hasRoom()
  }

  #gone(fault: DeliveryFault): void {
    this.#ending.abort(fault)
    this.#listener.gone(fault)
  }

  /** Says why there is no further attempt; undefined if there is one. `waited`: ms since the first attempt. */
  #endOf(
    events: readonly Event[],
    { kind }: DeliveryFault,
    { count }: Blame,
    waited: number,
  ): string | undefined {
    const { tries, patience } = this.#definition.retry
    if (count >= tries)
      return kind === 'unclear' ? `${count} tries while others were taken` : `${count} tries`
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

  #divide(events: readonly Event[], { events: unwanted, message }: UnwantedEvents, blame: Blame): void {
    const taken = events.filter((event) => !unwanted.includes(event))
    if (taken.length > 0) this.#delivered(taken)
    this.#park(unwanted, message, blame)
  }

  /** Settles the events of a delivery that were taken, and returns the others. */
  #without(taken: readonly Event[], events: readonly Event[]): readonly Event[] {
    if (taken.length === 0) return events
    this.#delivered(taken, true)
    const gone = new Set(taken)
    return events.filter((event) => !gone.has(event))
  }

  #delivered(events: readonly Event[], whileOthersWait = false): void {
    this.#taken += events.length
    this.#settled(events, () => this.#listener.delivered(events, whileOthersWait))
  }

  #park(events: readonly Event[], reason: string, { attempts: tries }: Blame): void {
    for (const event of events) this.#settled([event], () => this.#listener.parked(event, { reason, tries }))
  }

  /** The listener asks for more once the memory is free. */
  #settled(events: readonly Event[], tell: () => void): void {
    this.held.settled(events)
    tell()
  }
}
