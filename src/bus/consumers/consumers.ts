import { TocsinError } from '../../errors/tocsin-error.js'
import { type Filter, type FilterInput, filterKey, parseFilter } from '../../filter/index.js'
import type { Matcher } from '../../filter/matcher.js'
import type { Bucket, StateEntry, StateStore } from '../../state/state-store.js'
import type { Peer, SubscribeRequest, SubscriptionApi } from '../api.js'
import type { Authorize, Principal } from '../principal.js'
import type { Start } from '../resolve-position.js'
import type { Sink } from '../sink.js'
import { visibleTo } from '../visible-events.js'
import { Consumer } from './consumer.js'
import type { ConsumerHost } from './consumer-host.js'
import type { ConsumerOrder, OrderResult, OtherHubs } from './consumer-order.js'
import { type ConsumerRecord, checkConsumerName, decodeRecord, encodeRecord } from './consumer-record.js'
import type { ServingHub } from './leases.js'
import { Member } from './member.js'
import { type ParkedRef, ParkedStore } from './parked-store.js'
import { type ConsumerTable, SharedConsumers, type SharingHub } from './shared-consumers.js'

export interface ConsumersHost extends ConsumerHost {
  readonly authorize: Authorize
  compile(filter: Filter): Matcher
  /** This hub among those that share log and state; undefined if it has both for itself. */
  readonly sharing: SharingHub | undefined
}

/** The consumers as management methods see them. */
export type ConsumersApi = Omit<Consumers, 'restore' | 'attach' | 'reauthorize' | 'close'>

export interface ConsumerMember {
  consumer: Consumer
  member: Member
}

/** All durable consumers of a hub. Using one needs the right `consume` for its name. */
export class Consumers {
  readonly parked: ParkedStore
  /** Called when a consumer that did not exist has been created, by a method or by the first that joins it. */
  onCreated:
    | ((principal: Principal, name: string, peer: Peer | undefined) => Promise<void> | undefined)
    | undefined
  /** The hubs that share the consumers, if there are any. */
  others: OtherHubs | undefined
  readonly #host: ConsumersHost
  readonly #bucket: Bucket
  readonly #byName = new Map<string, Consumer>()
  /** Consumers that are being created. */
  readonly #creating = new Map<string, Promise<Consumer>>()
  readonly #state: StateStore
  #shared: SharedConsumers | undefined
  #nextMember = 1
  #closed = false

  constructor(host: ConsumersHost, state: StateStore) {
    this.#host = host
    this.#state = state
    this.#bucket = state.bucket('consumers')
    this.parked = new ParkedStore(state.bucket('parked'))
  }

  async restore(): Promise<void> {
    const { sharing, runtime } = this.#host
    const state = this.#state
    if (sharing !== undefined)
      this.#shared = await SharedConsumers.open(this.#table, sharing, { state, runtime })
    await this.parked.restore()
    for await (const entry of this.#bucket.list()) this.#read(entry)
  }

  get size(): number {
    return this.#byName.size
  }

  get parkedCount(): number {
    return this.parked.count
  }

  /** Returns all consumers, for callers that may see everything. */
  all(): Iterable<Consumer> {
    return this.#byName.values()
  }

  /** Returns the consumers that the principal may consume, sorted by name. */
  list(principal: Principal): Consumer[] {
    const named = [...this.#byName.values()].filter(({ name }) => this.mayConsume(principal, name))
    return named.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  *members(): Iterable<ConsumerMember> {
    for (const consumer of this.#byName.values()) {
      for (const member of consumer.members) yield { consumer, member }
    }
  }

  get(principal: Principal, name: string): Consumer {
    this.check(principal, name)
    this.#checkReadable(name)
    const consumer = this.#byName.get(name)
    if (consumer === undefined) throw unknown(name)
    return consumer
  }

  mayConsume(principal: Principal, name: string): boolean {
    return this.#host.authorize(principal, 'consume', name)
  }

  /** Throws if the name is invalid, or the principal has no right to it. */
  check(principal: Principal, name: string): void {
    checkConsumerName(name)
    if (this.mayConsume(principal, name)) return
    throw new TocsinError('TCN_ACCESS_DENIED', `the right "consume" is required for the consumer ${name}`, {
      details: { right: 'consume', name },
    })
  }

  /** Joins the consumer that the request names, and creates it if it does not exist. */
  async attach(principal: Principal, request: SubscribeRequest, sink: Sink): Promise<SubscriptionApi> {
    const { consumer: name = '', filters, from, otherwise, label, peer, format, inOrder } = request
    checkRequest(request)
    const known = await this.create(principal, { name, filters, from }, peer)
    return this.#serving(known, async (consumer) => {
      const member = new Member(consumer, {
        id: this.#nextMember++,
        principal,
        label,
        sink,
        rights: visibleTo(this.#host.authorize, principal),
        format,
        connected: this.#host.runtime.now(),
        inOrder,
      })
      await consumer.join(member, otherwise)
      return member
    })
  }

  /** Continues from another position; events that are not acknowledged are forgotten. */
  async seek(principal: Principal, name: string, position: string): Promise<{ from: number; to: number }> {
    this.get(principal, name)
    return (await this.#whereServed({ do: 'seek', name, to: position })) as { from: number; to: number }
  }

  /** Carries out what another hub asks for; undefined if this hub does not serve the consumer. */
  carryOut(order: ConsumerOrder): Promise<OrderResult> | undefined {
    return this.#shared?.isServed(order.name) ? this.#carryOut(order) : undefined
  }

  /** Redelivers parked events of a consumer, which another hub may serve; returns how many were accepted. */
  async redeliver(principal: Principal, name: string, refs: readonly ParkedRef[]): Promise<number> {
    const consumer = this.get(principal, name)
    return this.#shared?.redeliver(consumer, refs) ?? consumer.redeliver(refs)
  }

  /** The hub that serves the consumer, if several hubs share it and one does. */
  servedBy(name: string): ServingHub | undefined {
    return this.#shared?.holderOf(name)
  }

  /**
   * Returns the consumer with this name. A new one begins at `from`, by default with the next event. An existing
   * one keeps its position; if a filter is given, it must be the same.
   */
  async create(
    principal: Principal,
    { name, filters, from }: { name: string; filters?: SubscribeRequest['filters']; from?: string },
    peer?: Peer,
  ): Promise<Consumer> {
    this.check(principal, name)
    this.#checkReadable(name)
    if (this.#closed) throw new TocsinError('TCN_BUS_CLOSED')
    const filter = parseFilter(filters as FilterInput | undefined)
    const coming = this.#byName.get(name) ?? this.#creating.get(name)
    const known = await (coming ?? this.#create(name, filter, from))
    if (coming === undefined) await this.onCreated?.(principal, name, peer)
    if (isGiven(filters) && filterKey(filter) !== known.filter) {
      throw new TocsinError('TCN_CONSUMER_CONFLICT', `the consumer ${name} has the filter ${known.filter}`, {
        details: { filter: known.filter },
      })
    }
    return known
  }

  /** Gives the consumer another filter from its position on. Its members are ended. */
  async changeFilter(
    principal: Principal,
    name: string,
    filters: SubscribeRequest['filters'],
  ): Promise<void> {
    const known = this.get(principal, name)
    const filter = filterKey(parseFilter(filters as FilterInput | undefined))
    if (filter === known.filter) return
    await this.#serving(known, async (before) => {
      const why = new TocsinError('TCN_CONSUMER_CONFLICT', `the consumer ${name} has another filter now`)
      await before.stop(why, 'TCN_CONSUMER_CONFLICT')
      const record = { ...before.record, filter }
      await this.#bucket.put(name, encodeRecord(record))
      this.#add(name, record)
    })
  }

  /** Removes the consumer and its parked events; returns the number of parked events. */
  async delete(principal: Principal, name: string): Promise<number> {
    this.check(principal, name)
    if (this.#bucket.damaged.has(name)) return this.#remove(name)
    this.get(principal, name)
    const parked = (await this.#whereServed({ do: 'delete', name })) as number
    this.#byName.delete(name)
    return parked
  }

  /** Carries out an order here, or on the hub that serves the consumer. */
  async #whereServed(order: ConsumerOrder): Promise<OrderResult> {
    try {
      return await this.#carryOut(order)
    } catch (thrown) {
      if (!TocsinError.is(thrown, 'TCN_CONSUMER_ELSEWHERE')) throw thrown
      const result = await this.others?.order(order)
      if (result === undefined) throw thrown
      return result
    }
  }

  async #carryOut(order: ConsumerOrder): Promise<OrderResult> {
    const { name } = order
    const known = this.#byName.get(name)
    if (known === undefined) throw unknown(name)
    return this.#serving(known, async (consumer) => {
      if (order.do === 'seek') return consumer.seek(order.to)
      await this.#stop(consumer)
      return this.#remove(name)
    })
  }

  async #remove(name: string): Promise<number> {
    let parked = 0
    for await (const { ref } of this.parked.list(name)) if (await this.parked.delete(ref)) parked++
    // The record is removed last: after a crash, the consumer still exists and can be removed again.
    await this.#bucket.delete(name)
    this.#byName.delete(name)
    await this.#shared?.forget(name)
    return parked
  }

  /** Applies changed rights. A member that has lost the right to its consumer is ended. */
  reauthorize(): void {
    for (const { consumer, member } of [...this.members()]) {
      const { principal, sink } = member
      if (this.mayConsume(principal, consumer.name)) {
        member.reauthorize(visibleTo(this.#host.authorize, principal))
      } else {
        consumer.leave(member)
        const message = `the right "consume" is required for the consumer ${consumer.name}`
        sink.end({ code: 'TCN_ACCESS_DENIED', message, seq: consumer.settledUpTo })
      }
    }
  }

  /** Applies limits that were changed in place. */
  limitsChanged(): void {
    for (const consumer of this.#byName.values()) consumer.limitsChanged()
  }

  /** Ends all members, which join again, because their positions belong to a log that is gone. */
  restart(why: string): void {
    for (const { consumer, member } of [...this.members()]) {
      consumer.leave(member)
      member.sink.end({ code: 'STOP', message: why, seq: 0 })
    }
  }

  /** Ends all members because the hub stops, and writes all positions. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#creating.values())
    const consumers = [...this.#byName.values()]
    const why = new TocsinError('TCN_BUS_CLOSED', 'the hub stops')
    await Promise.all(consumers.map((consumer) => consumer.stop(why, 'STOP')))
    await Promise.allSettled(consumers.map((consumer) => consumer.conclude()))
    this.parked.close()
    await this.#shared?.close()
  }

  #stop(consumer: Consumer): Promise<void> {
    const why = new TocsinError('TCN_CONSUMER_UNKNOWN', `the consumer ${consumer.name} was removed`)
    return consumer.stop(why, 'TCN_CONSUMER_UNKNOWN')
  }

  /** A consumer whose record is damaged must not begin again elsewhere: it would skip events without a word. */
  #checkReadable(name: string): void {
    const reason = this.#bucket.damaged.get(name)
    if (reason === undefined) return
    throw new TocsinError(
      'TCN_CONSUMER_DAMAGED',
      `the record of the consumer ${name} cannot be used: ${reason}`,
    )
  }

  #create(name: string, filter: Filter, from: string | undefined): Promise<Consumer> {
    if (this.#byName.size + this.#creating.size >= this.#host.limits.consumers) {
      const message = `at most ${this.#host.limits.consumers} durable consumers (limits.consumers)`
      throw new TocsinError('TCN_PROTOCOL_TOO_MANY', message)
    }
    const creating = this.#write(name, filter, from).finally(() => this.#creating.delete(name))
    this.#creating.set(name, creating)
    return creating
  }

  async #write(name: string, filter: Filter, from = 'now'): Promise<Consumer> {
    const { log, runtime } = this.#host
    const { cursor, gap } = await this.#host.resolve(from, 'now')
    const position = { epoch: log.epoch, taken: placeBefore(gap) ?? cursor, open: [] }
    const record = { filter: filterKey(filter), created: runtime.now(), position }
    if (this.#shared === undefined) await this.#bucket.put(name, encodeRecord(record))
    else if (!(await this.#shared.create(name, record))) return this.#reread(name)
    const consumer = this.#add(name, record)
    if (gap !== undefined && placeBefore(gap) === undefined) consumer.startGap = gap
    return consumer
  }

  /** Returns the consumer that another hub has created at the same time. */
  async #reread(name: string): Promise<Consumer> {
    const entry = await this.#bucket.get(name)
    if (entry !== undefined) this.#read(entry)
    const consumer = this.#byName.get(name)
    if (consumer === undefined) throw unknown(name)
    return consumer
  }

  #read({ key, value }: StateEntry): void {
    try {
      this.#add(key, decodeRecord(value))
    } catch (thrown) {
      this.#bucket.reportDamage(key, thrown)
    }
  }

  #serving<Result>(known: Consumer, work: (consumer: Consumer) => Promise<Result>): Promise<Result> {
    return this.#shared?.serving(known.name, work) ?? work(known)
  }

  get #table(): ConsumerTable {
    return {
      bucket: this.#bucket,
      parked: this.parked,
      log: this.#host.log,
      find: (name) => this.#byName.get(name),
      add: (name, record) => this.#add(name, record),
      read: (entry) => this.#read(entry),
      remove: (name) => void this.#byName.delete(name),
    }
  }

  #add(name: string, record: ConsumerRecord): Consumer {
    // A position is stored again and again, and the filter stays the same.
    const known = this.#byName.get(name)
    const matcher =
      known?.filter === record.filter
        ? known.matcher
        : this.#host.compile(parseFilter(JSON.parse(record.filter)))
    const { parked } = this
    const bucket = this.#bucket
    const claims = this.#shared
    const consumer = new Consumer(this.#host, { name, record, matcher, bucket, parked, claims })
    this.#byName.set(name, consumer)
    return consumer
  }
}

function unknown(name: string): TocsinError {
  return new TocsinError('TCN_CONSUMER_UNKNOWN', `there is no consumer ${name}`)
}

/** Returns a position at which the next member to join finds the gap again, even after a restart. */
function placeBefore(gap: Start['gap']): number | undefined {
  if (gap?.reason === 'expired') return gap.from - 1
  return gap?.reason === 'lost-in-crash' || gap?.reason === 'lost-in-damage' ? gap.from : undefined
}

function isGiven(filters: SubscribeRequest['filters']): boolean {
  return filters !== undefined && !(Array.isArray(filters) && filters.length === 0)
}

function checkRequest({ lag, maxLag, to, gates }: SubscribeRequest): void {
  if (to !== undefined) throw notForConsumers('has no end: `to` cannot be given')
  if (gates !== undefined && gates.length > 0) throw notForConsumers('answers no gates')
  if ((lag ?? 'catch-up') !== 'catch-up' || maxLag !== undefined) {
    throw notForConsumers('loses nothing: no lag policy but catch-up, and no maxLag')
  }
}

function notForConsumers(why: string): TocsinError {
  return new TocsinError('TCN_CONSUMER_INVALID', `a durable consumer ${why}`)
}
