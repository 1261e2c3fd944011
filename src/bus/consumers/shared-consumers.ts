import { TocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import type { EventLog } from '../../log/event-log.js'
import { KeyTurns } from '../../state/key-turns.js'
import type { Bucket, StateChange, StateEntry, StateStore } from '../../state/state-store.js'
import { Claims } from './claims.js'
import type { Consumer } from './consumer.js'
import type { Claimed, ConsumerClaims } from './consumer-host.js'
import { type ConsumerRecord, type Doubt, decodeRecord, encodeRecord, isDoubtful } from './consumer-record.js'
import type { ServingHub } from './leases.js'
import type { ParkedRef, ParkedStore } from './parked-store.js'
import { MAX_AHEAD } from './unsettled.js'

/** A hub that shares its log and state with others. */
export interface SharingHub extends ServingHub {
  /** Time after which another hub takes over what this one serves, if it dies, ms. */
  ttl: number
}

/** The parts of the table of all consumers that shared consumers need. */
export interface ConsumerTable {
  readonly bucket: Bucket
  readonly parked: ParkedStore
  readonly log: EventLog
  find(name: string): Consumer | undefined
  /** Adds a consumer, in place of the one with this name. */
  add(name: string, record: ConsumerRecord): Consumer
  /** Adds the consumer of a record, or reports that the record is damaged. */
  read(entry: StateEntry): void
  remove(name: string): void
}

/**
 * The durable consumers of hubs that share log and state. Each hub knows all of them, and serves those that it has
 * claimed: from when the first connection joins until the last one leaves. A hub that takes one over continues from
 * the position stored last, and marks what the hub before it may have handed out after that, unless its record is the
 * last one; what a hub before it writes later is written over.
 */
export class SharedConsumers implements ConsumerClaims {
  readonly #table: ConsumerTable
  readonly #claims: Claims
  /** Claims and releases of each consumer, one after another. */
  readonly #turns = new KeyTurns()
  readonly #unwatch: () => void
  /**
   * The records of the consumers that this hub served until its lease ended, which may be newer than those that it
   * has written.
   */
  readonly #left = new Map<string, ConsumerRecord>()
  #isClosed = false

  private constructor(table: ConsumerTable, claims: Claims) {
    this.#table = table
    this.#claims = claims
    this.#unwatch = table.bucket.watch('', (change) => this.#follow(change))
    table.parked.onWanted = (ref) => {
      if (claims.isHeld(ref.consumer)) table.find(ref.consumer)?.redeliver([ref])
    }
  }

  static async open(
    table: ConsumerTable,
    { ttl, ...hub }: SharingHub,
    { state, runtime }: { state: StateStore; runtime: Runtime },
  ): Promise<SharedConsumers> {
    let shared: SharedConsumers | undefined
    const claims = await Claims.open({ state, runtime, hub, ttl, lost: (name) => shared?.lost(name) })
    shared = new SharedConsumers(table, claims)
    return shared
  }

  holderOf(name: string): ServingHub | undefined {
    return this.#claims.holderOf(name)
  }

  /** Runs the work while this hub serves the consumer. Rejects with TCN_CONSUMER_ELSEWHERE if another one does. */
  serving<Result>(name: string, work: (consumer: Consumer) => Promise<Result>): Promise<Result> {
    return this.#turns.run(name, async () => {
      const consumer = this.#served(name) ?? (await this.#takeOver(name))
      try {
        return await work(consumer)
      } finally {
        await this.#giveUp(name)
      }
    })
  }

  /** Returns whether this hub serves the consumer now. */
  isServed(name: string): boolean {
    return this.#served(name) !== undefined
  }

  /** Writes a record unless another hub has created the consumer at the same time. */
  async create(name: string, record: ConsumerRecord): Promise<boolean> {
    try {
      await this.#table.bucket.compareAndSet(name, encodeRecord(record), 0)
      return true
    } catch (thrown) {
      if (TocsinError.is(thrown, 'TCN_STATE_CONFLICT')) return false
      throw thrown
    }
  }

  /** Redelivers parked events; those of a consumer that this hub does not serve are marked for the one that does. */
  async redeliver(consumer: Consumer, refs: readonly ParkedRef[]): Promise<number> {
    const served = this.#served(consumer.name)
    if (served !== undefined) return served.redeliver(refs)
    let count = 0
    for (const ref of refs) if (await this.#table.parked.want(ref)) count++
    return count
  }

  /** Removes the claim on a consumer that is removed. */
  forget(name: string): Promise<void> {
    return this.#claims.forget(name)
  }

  /** To be called when all consumers have ended and their positions are written. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#unwatch()
    await this.#turns.ended()
    await this.#claims.close()
  }

  // ---- for the consumers

  mayServe(consumer: Claimed): boolean {
    return this.#hasClaimed(consumer) && this.#claims.isHeld(consumer.name)
  }

  idle({ name }: Claimed): void {
    if (this.#isClosed || this.#served(name) === undefined) return
    void this.#turns.run(name, () => this.#giveUp(name))
  }

  /** Ends what another hub may serve by now. */
  lost(name: string): void {
    const consumer = this.#table.find(name)
    if (consumer?.claim === undefined) return
    this.#left.set(name, consumer.record)
    this.#putAside(consumer)
    const code = 'TCN_CONSUMER_ELSEWHERE'
    void consumer.stop(new TocsinError(code, `this hub does not serve the consumer ${name} any more`), code)
  }

  // ---- internals

  /** Also when the lease is over and `lost` is still to come: until then, the consumer stays in the table. */
  #hasClaimed({ name, claim }: Claimed): boolean {
    return claim !== undefined && claim === this.#claims.numberOf(name)
  }

  #served(name: string): Consumer | undefined {
    const consumer = this.#table.find(name)
    return consumer !== undefined && this.mayServe(consumer) ? consumer : undefined
  }

  async #takeOver(name: string): Promise<Consumer> {
    const { bucket } = this.#table
    const { number: claim, before } = await this.#claims.take(name)
    try {
      const entry = await bucket.get(name)
      if (entry === undefined) throw new TocsinError('TCN_CONSUMER_UNKNOWN', `there is no consumer ${name}`)
      const startGap = this.#table.find(name)?.startGap
      const record = this.#newest(name, decodeRecord(entry.value), before)
      const consumer = this.#table.add(name, { ...record, claim })
      consumer.startGap = startGap
      const doubt = await this.#doubtIn(record, before)
      if (doubt !== undefined) consumer.doubt(doubt)
      await consumer.save()
      consumer.redeliver(await this.#wanted(name))
      return consumer
    } catch (thrown) {
      // If the claim was lost before that, nothing was handed out, and what hubs before have is not known.
      this.#left.delete(name)
      await this.#claims.release(name, false)
      throw thrown
    }
  }

  /** Events that hubs before may have handed out after the position of the record. */
  async #doubtIn(record: ConsumerRecord, before: number | undefined): Promise<Doubt | undefined> {
    const { doubt } = record
    if (!isDoubtful(record)) return doubt
    const { log } = this.#table
    await log.caughtUp?.()
    const seq = log.last
    // Further hubs may have served it after the one that has written the record.
    if (!isOf(before, record)) return { seq }
    if (doubt === undefined) return { seq, events: MAX_AHEAD }
    return doubt.events === undefined ? { seq } : { seq, events: Math.max(MAX_AHEAD, doubt.events) }
  }

  /**
   * If no other hub has served the consumer since, this one knows exactly where it is. Only the claims tell: a record
   * that this hub has sent late may be in the place of that of a hub which has served the consumer after it.
   */
  #newest(name: string, stored: ConsumerRecord, before: number | undefined): ConsumerRecord {
    const left = this.#left.get(name)
    this.#left.delete(name)
    if (left !== undefined && left.claim === before) return { ...left, isFinal: true }
    const { isFinal: _, ...last } = stored
    return isOf(before, stored) ? stored : last
  }

  async #wanted(name: string): Promise<ParkedRef[]> {
    const { parked } = this.#table
    const wanted: ParkedRef[] = []
    if (parked.countOf(name) === 0) return wanted
    for await (const { ref, record } of parked.list(name)) if (record.wanted) wanted.push(ref)
    return wanted
  }

  /** Lets other hubs serve the consumer if nobody uses it here. */
  async #giveUp(name: string): Promise<void> {
    const consumer = this.#served(name)
    if (this.#isClosed || consumer === undefined || consumer.connections > 0) return
    await consumer.stop(new TocsinError('TCN_BUS_CLOSED'), 'STOP')
    // A position that cannot be written is delivered again, as after a crash.
    await consumer.conclude().catch((error) => consumer.report('position not kept', { error }))
    this.#putAside(consumer)
    await this.#claims.release(name).catch((error) => consumer.report('claim not released', { error }))
  }

  /** Keeps what is known of a consumer that this hub does not serve any more. */
  #putAside({ name, record }: Consumer): void {
    const { claim: _, ...rest } = record
    this.#table.add(name, rest)
  }

  #follow(change: StateChange): void {
    const { key: name } = change
    if (change.type === 'delete') {
      const gone = this.#table.find(name)
      this.#table.remove(name)
      this.#left.delete(name)
      const code = 'TCN_CONSUMER_UNKNOWN'
      void gone?.stop(new TocsinError(code, `the consumer ${name} was removed`), code)
      return
    }
    const known = this.#table.find(name)
    if (known === undefined || !this.#hasClaimed(known)) this.#table.read(change)
    else if (isOlder(change, known)) void known.save().catch(() => undefined)
  }
}

/** Returns whether the record is that of the last claim, as far as that is known. */
function isOf(claim: number | undefined, record: ConsumerRecord): boolean {
  return claim === undefined || record.claim === claim
}

/** Returns whether a hub has written the record that served the consumer before. */
function isOlder({ value }: StateEntry, { claim = 0 }: Consumer): boolean {
  try {
    return (decodeRecord(value).claim ?? 0) < claim
  } catch {
    return true
  }
}
