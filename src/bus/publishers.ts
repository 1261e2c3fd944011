import type { TocsinError } from '../errors/tocsin-error.js'
import { encodeAttributes } from '../event/attributes.js'
import type { FrameLimits } from '../event/check.js'
import { encodeEvent } from '../event/encode-event.js'
import type { Runtime } from '../event/runtime.js'
import type { EventLog, FrameBatch, ProducerRange } from '../log/event-log.js'
import { withRefused } from '../log/producer-range.js'
import { asCore } from '../parts/core.js'
import type { Bucket } from '../state/state-store.js'
import type { OwnEvent, PublisherOptions } from './api.js'
import { type BusLimits, withinLog } from './limits.js'
import type { PlacedBatch } from './placed-batch.js'
import type { Authorize, Principal } from './principal.js'
import { type Producer, Producers } from './producers.js'
import { Publisher, type PublisherHost, type PublisherRights } from './publisher.js'
import { TurnBatch } from './turn-batch.js'
import { rangeOf } from './waiting-counters.js'

export interface PublishersOptions {
  runtime: Runtime
  /** The time by which age counts, µs; default: that of the clock. */
  believedTime?: () => number
  authorize: Authorize
  limits: BusLimits
  /** Source attribute of the hub's own events. */
  origin: string
  /** Keeps the counters of producers. */
  bucket: Bucket
}

/** All publishers on the bus, and the hub as the publisher of its own events. */
export class Publishers {
  readonly #open = new Set<Publisher>()
  readonly #producers: Producers
  readonly #options: PublishersOptions
  /** The limits for the check of each event, in a plain object, since a longer look-up would take more time. */
  readonly #frameLimits: { -readonly [Key in keyof FrameLimits]: FrameLimits[Key] }
  readonly #host: PublisherHost & { closing: boolean }
  readonly #batch: TurnBatch
  /** Refused events of publishers that have left. */
  #refused = 0

  constructor(
    parts: Pick<PublisherHost, 'log' | 'backpressure' | 'delivery' | 'gates'>,
    options: PublishersOptions,
  ) {
    const { runtime, limits, believedTime } = options
    this.#options = options
    this.#producers = new Producers(runtime, limits, believedTime)
    this.#frameLimits = { frame: limits.frame, tag: limits.tag, depth: limits.bodyDepth, controls: false }
    this.#host = { ...parts, limits: this.#frameLimits, closing: false, left: this.#left }
    const within = withinLog(parts.log, this.#frameLimits)
    this.#batch = new TurnBatch({
      source: options.origin,
      get maxFrame() {
        return within.frame
      },
      soon: (run) => runtime.soon(run),
      store: ({ bytes, count, ranges }) => asCore(() => this.#append(this.#batchOf(bytes, count, ranges))),
      lastOf: (stream) => this.#producers.lastOf(stream),
      isKept: this.#isShared,
    })
  }

  get #isShared(): boolean {
    return this.#host.log.capabilities.shared
  }

  /** Applies limits that were changed in place. */
  limitsChanged(): void {
    const { tag, bodyDepth } = this.#options.limits
    this.#frameLimits.tag = tag
    this.#frameLimits.depth = bodyDepth
  }

  /** True if the bus stops: from then on, everything published is left unanswered. */
  get closing(): boolean {
    return this.#host.closing
  }

  set closing(closing: boolean) {
    this.#host.closing = closing
  }

  get refused(): number {
    let sum = this.#refused
    for (const { refused } of this.#open) sum += refused
    return sum
  }

  [Symbol.iterator](): Iterator<Publisher> {
    return this.#open.values()
  }

  open(principal: Principal, options: PublisherOptions): Publisher {
    const publisher = new Publisher(this.#host, {
      ...options,
      principal,
      producer: this.#producer(principal, options.producer),
      named: options.producer !== undefined,
      rights: this.#rights(principal),
    })
    publisher.producer.owner = publisher
    this.#open.add(publisher)
    return publisher
  }

  /**
   * `stored` is called with the seq and the frame, or `failed`. For an event that was stored under its counter before, the
   * seq is 0 and the frame empty. Returns false if the log did not store the event, or, if it stores later, did not take it.
   */
  emit(event: OwnEvent, stored?: (seq: number, frame: Uint8Array) => void, failed?: () => void): boolean {
    if (this.#batch.flush() !== undefined) {
      failed?.()
      return false
    }
    const { tag, source = this.#options.origin, data, kind, counter: given } = event
    if (given !== undefined && given.counter <= this.#producers.lastOf(given.stream)) {
      stored?.(0, new Uint8Array(0))
      return true
    }
    const attributes = event.attributes && encodeAttributes(event.attributes)
    const bytes = encodeEvent({ tag, source, kind, attributes, data, seq: given?.counter })
    const batch = this.#batchOf(bytes, 1, given && [rangeOf(given)])
    return asCore(() => this.#append(batch, stored, failed)) === undefined
  }

  emitSoon(event: OwnEvent): boolean {
    // A log that others share stores each event with its counter.
    if (this.closing || (event.counter !== undefined && this.#isShared)) return this.emit(event)
    try {
      return this.#batch.add(event)
    } catch {
      return this.emit(event)
    }
  }

  emitFrames(bytes: Uint8Array, count: number): boolean {
    if (this.#host.backpressure.suspended || this.closing || this.storeBatch() !== undefined) return false
    return asCore(() => this.#append(this.#batchOf(bytes, count))) === undefined
  }

  /** Stores what would be stored at the end of the turn, or returns why it waits. */
  storeBatch(): TocsinError | undefined {
    return this.#batch.flush()
  }

  resume(): void {
    this.#batch.flush()
    for (const publisher of this.#open) publisher.events.resumed()
  }

  reauthorize(): void {
    for (const publisher of this.#open) publisher.reauthorize(this.#rights(publisher.principal))
  }

  stop(why?: string): void {
    for (const publisher of [...this.#open]) publisher.stop(why)
  }

  logReplaced(why: string): void {
    this.stop(why)
    this.#producers.clear()
  }

  restore(log: EventLog): Promise<void> {
    return this.#producers.restore(log, this.#options.bucket)
  }

  /** The last stored counter of a producer; 0 if it has none. */
  lastOf(key: string): number {
    return this.#producers.lastOf(key)
  }

  /** Takes over the counters of events that other hubs may have stored too. */
  follow({ producers, count, lastSeq }: FrameBatch): void {
    if (producers === undefined) return
    const isOfOne = producers.length === 1 && producers[0].count === count
    this.#producers.follow(producers, isOfOne ? lastSeq : 0)
  }

  saveProducers(log: EventLog): Promise<void> {
    return this.#producers.save(log, this.#options.bucket)
  }

  saveProducersUpTo(seq: number, log: EventLog): Promise<void> {
    return this.#producers.saveUpTo(seq, log, this.#options.bucket)
  }

  /** Stores events of the hub itself, or returns why the log did not store them. */
  #append(
    batch: FrameBatch,
    stored?: (seq: number, frame: Uint8Array) => void,
    failed?: () => void,
  ): TocsinError | undefined {
    const { log, backpressure } = this.#host
    let fault: TocsinError | undefined
    const placed: PlacedBatch = { ...batch, patient: true, needsSeq: stored !== undefined }
    log.append(placed, (error, seq) => {
      if (error !== undefined) {
        fault = error
        failed?.()
        return backpressure.failed(error)
      }
      if (batch.producers !== undefined) this.#producers.follow(batch.producers)
      stored?.(seq, batch.bytes)
    })
    backpressure.appended()
    return fault
  }

  /** A batch whose ranges say which events before them were refused. */
  #batchOf(bytes: Uint8Array, count: number, ranges: readonly ProducerRange[] = []): FrameBatch {
    const producers = ranges.map((range) => {
      const { last, refusals } = this.#producers.get(range.key)
      return withRefused(range, refusals?.between(last, range.last) ?? [])
    })
    return { bytes, count, firstSeq: 0, lastSeq: 0, producers: producers.length > 0 ? producers : undefined }
  }

  #producer(principal: Principal, name: string | undefined): Producer {
    if (name === undefined) return { key: '', last: 0, lastSeq: 0, seen: 0, owner: undefined, saved: 0 }
    const producer = this.#producers.get(Producers.key(principal, name))
    producer.owner?.takenOver()
    return producer
  }

  #rights(principal: Principal): PublisherRights {
    const { authorize } = this.#options
    return { publish: authorize(principal, 'publish'), produce: authorize(principal, 'produce') }
  }

  readonly #left = (publisher: Publisher): void => {
    if (!this.#open.delete(publisher)) return
    this.#refused += publisher.refused
    this.#host.gates.publisherLeft(publisher)
  }
}
