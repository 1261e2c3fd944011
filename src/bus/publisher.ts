import type { ErrorCode } from '../errors/catalogue.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { checkFrame, type FrameLimits, WIDEST_LIMITS } from '../event/check.js'
import { copyBytes } from '../event/copy-bytes.js'
import {
  frameBytes,
  frameKind,
  frameSeq,
  HEADER_BYTES,
  sourceLength,
  tagLength,
  tagStart,
} from '../event/frame.js'
import type { WalkedBody } from '../event/frame-walk.js'
import type { Matcher } from '../filter/matcher.js'
import type { EventLog, ProducerRange } from '../log/event-log.js'
import { isFinalRefusal } from '../log/final-refusal.js'
import { withRefused } from '../log/producer-range.js'
import { asCore } from '../parts/core.js'
import type { PublisherApi, PublisherEvents } from './api.js'
import type { Delivery, Settling } from './delivery.js'
import { diagnostics } from './diagnostics.js'
import type { GatePublisher } from './gate-parties.js'
import type { Gates } from './gates.js'
import { withinLog } from './limits.js'
import type { PlacedBatch } from './placed-batch.js'
import type { Principal } from './principal.js'
import { type Producer, takeRefused } from './producers.js'
import type { AddedBytes, PublisherPause } from './publisher-pause.js'
import { refusalError } from './refusal-error.js'
import { Refusals } from './refusals.js'
import { isUnder, saysHubType } from './reserved-names.js'

/** The parts of the bus that its publishers share. */
export interface PublisherHost {
  readonly log: EventLog
  readonly backpressure: PublisherPause
  readonly delivery: Delivery
  readonly gates: Gates
  readonly limits: FrameLimits
  /** The bus stops: events that arrive now are left unanswered, and are sent again after a reconnect. */
  readonly closing: boolean
  /** Called when the publisher is closed. */
  left(publisher: Publisher): void
}

export interface PublisherRights {
  publish: Matcher
  produce: Matcher
}

const utf8 = new TextEncoder()
const HUB = utf8.encode('hub')
const OF_OTHER_SOURCES: ReadonlySet<ErrorCode> = new Set([
  'TCN_TAG_TOO_LONG',
  'TCN_TAG_CONTROL',
  'TCN_BODY_DEPTH',
])

/**
 * One publisher: checks the frames that arrive and appends the valid ones to the log, in batches as large
 * as possible. The seq of a frame holds the publisher's own counter until the log replaces it.
 */
export class Publisher implements PublisherApi, Settling, GatePublisher {
  readonly principal: Principal
  readonly events: PublisherEvents
  readonly producer: Producer
  /** Undefined for a publisher without a name: its counters are not kept. */
  readonly #key: string | undefined
  readonly #host: PublisherHost
  readonly #limits: FrameLimits
  #rights: PublisherRights
  #source: Uint8Array
  readonly #repeats: boolean
  #closed = false
  /** First counter and number of frames of the batch being checked. */
  #first = 0
  #count = 0
  /** Highest counter given to the log. */
  #seen: number
  /** Refused events up to there are with those that the log was given. */
  #told: number
  /** While much waits for the disk. */
  readonly #added: AddedBytes = { time: 0, bytes: 0 }
  /** Highest counter stored, and its seq. */
  #acceptedCounter: number
  #acceptedSeq: number
  /** Events up to there, with counters and seqs that rise by one, that are not reported as accepted yet. */
  #unreported = 0
  /** True if an event was repeated, so that its acceptance must be reported again. */
  #hasRepeated = false
  #durableWanted = 0
  /** Up to this counter, `durable` or its failure has been reported. */
  #durableReported = 0
  #durableAsked = false
  /** Waits for the coming flush; set by `Delivery`. */
  settling = false
  /** Gates announced for events that are not stored yet; set by `Gates`. */
  gates = 0
  accepted = 0
  refused = 0

  constructor(
    host: PublisherHost,
    fields: {
      principal: Principal
      events: PublisherEvents
      producer: Producer
      named: boolean
      limits?: FrameLimits
      repeats?: boolean
      rights: PublisherRights
    },
  ) {
    this.#host = host
    this.#limits = withinLog(host.log, fields.limits ?? host.limits)
    this.principal = fields.principal
    this.events = fields.events
    this.producer = fields.producer
    this.#key = fields.named ? fields.producer.key : undefined
    this.#repeats = fields.repeats ?? fields.named
    this.#rights = fields.rights
    this.#source = utf8.encode(fields.principal.source)
    this.#seen = this.#told = fields.producer.last
    this.#acceptedCounter = fields.producer.last
    this.#acceptedSeq = fields.producer.lastSeq
  }

  /** Applies changed rights of its principal, and perhaps another source prefix. */
  reauthorize(rights: PublisherRights): void {
    this.#rights = rights
    this.#source = utf8.encode(this.principal.source)
  }

  get lastCounter(): number {
    return this.producer.last
  }

  get refusals(): Refusals | undefined {
    return this.producer.refusals
  }

  get paused(): boolean {
    return this.#host.backpressure.isPausedFor(this.#added)
  }

  publish(bytes: Uint8Array, start: number, end: number, walked?: WalkedBody, given?: boolean): void {
    if (this.#closed || this.#host.closing) return
    let batch = start
    let at = start
    while (at < end) {
      const fault =
        this.#repeated(bytes, at) ?? this.#faultOf(bytes, at, end, walked) ?? this.#admit(bytes, at)
      const next = at + frameBytes(bytes, at)
      if (fault === undefined) {
        if (this.#count === 0) this.#first = frameSeq(bytes, at)
        this.#count++
        this.#seen = frameSeq(bytes, at)
        // A gate waits for the seq of one event, so that event is appended alone.
        if (this.gates > 0) {
          this.#append(bytes, batch, next, given)
          batch = next
        }
      } else {
        this.#append(bytes, batch, at, given)
        batch = next
        if (fault !== REPEATED) this.#refuse(fault, bytes, at)
      }
      at = next
    }
    this.#append(bytes, batch, end, given)
  }

  awaitDurable(counter: number): void {
    if (this.#closed) return
    this.#durableWanted = Math.max(this.#durableWanted, counter)
    // A counter that was answered before is answered again: the disk may have failed then and work now.
    this.#durableReported = Math.min(this.#durableReported, counter - 1)
    this.#askDurable()
  }

  gate(name: string, counter: number, deadline?: number): void {
    if (counter <= this.#seen) {
      throw new TocsinError(
        'TCN_GATE_LATE',
        `the event ${counter} was sent before its gate ${name} was announced`,
      )
    }
    this.#host.gates.announce(this, name, counter, deadline)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (this.producer.owner === this) this.producer.owner = undefined
    this.#host.left(this)
  }

  takenOver(): void {
    const { key } = this.producer
    this.close()
    this.events.closed('TCN_BUS_PRODUCER_TAKEN_OVER', `another connection publishes as ${key}`)
  }

  stop(why = 'the hub stops'): void {
    if (this.#closed) return
    this.close()
    this.events.closed('STOP', why)
  }

  /** Called after a flush: everything stored has been delivered as well. */
  afterFlush(): void {
    if (this.#closed) return
    if (this.#unreported > 0 || this.#hasRepeated) this.#reportAccepted()
    this.#askDurable()
  }

  #reportAccepted(): void {
    const count = this.#unreported
    this.#unreported = 0
    this.#hasRepeated = false
    if (!this.#closed) this.events.accepted(this.#acceptedCounter, this.#acceptedSeq, count)
  }

  #admit(bytes: Uint8Array, at: number): ErrorCode | typeof REPEATED | undefined {
    const forbidden = this.#forbidden(bytes, at)
    if (forbidden !== undefined || this.gates === 0) return forbidden
    return this.#host.gates.admits(this, frameSeq(bytes, at)) ? undefined : 'TCN_GATE_TOO_MANY'
  }

  refusalOf(bytes: Uint8Array, at: number): TocsinError | undefined {
    const earlier = this.refusals?.codeOf(frameSeq(bytes, at))
    const code = earlier ?? this.#faultOf(bytes, at, bytes.length) ?? this.#forbidden(bytes, at)
    return code && refusalError(code, bytes, at)
  }

  /** An event of another source may be as large as that source's own bus allows: it passed there. */
  #faultOf(bytes: Uint8Array, at: number, end: number, walked?: WalkedBody): ErrorCode | undefined {
    const fault = checkFrame(bytes, at, end, this.#limits, 'publisher', walked)
    if (fault === undefined || !OF_OTHER_SOURCES.has(fault)) return fault
    const wide = { ...WIDEST_LIMITS, frame: this.#limits.frame }
    const wider = checkFrame(bytes, at, end, wide, 'publisher', walked)
    return wider ?? (this.#reserved(bytes, at) === 'TCN_ORIGIN_FOREIGN' ? undefined : fault)
  }

  #forbidden(bytes: Uint8Array, at: number): ErrorCode | undefined {
    const reserved = this.#reserved(bytes, at)
    if (reserved !== undefined && !this.#rights.produce.matches(bytes, at)) return reserved
    const { publish } = this.#rights
    return publish.all || publish.matches(bytes, at) ? undefined : 'TCN_ACCESS_DENIED'
  }

  /**
   * Returns the outcome of an event that was published before, even if it would be another one now. Counters begin
   * with 1.
   */
  #repeated(bytes: Uint8Array, at: number): ErrorCode | typeof REPEATED | undefined {
    const counter = frameSeq(bytes, at)
    const { refusals } = this.producer
    const refused = refusals !== undefined && counter <= refusals.last ? refusals.codeOf(counter) : undefined
    if (refused !== undefined) return refused
    if (counter > this.#seen || Number.isNaN(counter)) return undefined
    if (counter === 0) return 'TCN_BUS_COUNTER'
    this.#hasRepeated = true
    this.#host.delivery.settle(this)
    return REPEATED
  }

  /** Returns why the event needs the right `produce`; undefined if it does not. */
  #reserved(bytes: Uint8Array, at: number): ErrorCode | undefined {
    if (frameKind(bytes, at) !== 0) return 'TCN_KIND_RESERVED'
    if (isUnder(bytes, tagStart(bytes, at), tagLength(bytes, at), HUB)) return 'TCN_TAG_RESERVED'
    if (saysHubType(bytes, at)) return 'TCN_TYPE_RESERVED'
    const source = at + HEADER_BYTES
    const length = sourceLength(bytes, at)
    const own = isUnder(bytes, source, length, this.#source) && !isUnder(bytes, source, length, HUB)
    return own ? undefined : 'TCN_ORIGIN_FOREIGN'
  }

  #append(bytes: Uint8Array, start: number, end: number, given: boolean | undefined): void {
    const count = this.#count
    this.#count = 0
    if (count === 0 || this.#closed) return
    const first = this.#first
    const last = this.#seen
    const range = this.#rangeOf(first, last, count)
    const producers = range && [range]
    const { log } = this.#host
    // A log that others share answers later, when the memory that was read into is used again.
    const frames = log.capabilities.shared ? copyBytes(bytes, start, end) : bytes.subarray(start, end)
    const needsSeq = this.gates > 0
    const batch: PlacedBatch = { bytes: frames, count, firstSeq: 0, lastSeq: 0, producers, given, needsSeq }
    asCore(() => {
      log.append(batch, (error, lastSeq, run = count) => {
        if (error !== undefined) return this.#notStored(batch.bytes, error)
        const { producer } = this
        if (range !== undefined) takeRefused(producer, range)
        // The answer for an event that was stored before has no seq.
        const seq = lastSeq === 0 && last === producer.last ? producer.lastSeq : lastSeq
        this.#stored(first, last, seq, count, run, batch.bytes)
      })
      this.#host.backpressure.appended(this.#added, end - start)
    })
  }

  /** Says which events before these were refused, so that their counters are never passed without it. */
  #rangeOf(first: number, last: number, count: number): ProducerRange | undefined {
    if (this.#key === undefined) return undefined
    const range = { key: this.#key, first, last, count }
    const after = this.#told
    this.#told = last
    const { refusals } = this.producer
    return refusals === undefined ? range : withRefused(range, refusals.between(after, first))
  }

  /** `run`: of how many of the frames the seqs rise by one up to `seq`. */
  #stored(first: number, counter: number, seq: number, count: number, run: number, frames: Uint8Array): void {
    this.accepted += count
    const isWhole = counter - first + 1 === count && run === count
    const continues = isWhole && first === this.#acceptedCounter + 1 && seq - count === this.#acceptedSeq
    if (!continues && this.#unreported > 0) this.#reportAccepted()
    this.#unreported = isWhole ? this.#unreported + count : 1
    this.#acceptedCounter = counter
    this.#acceptedSeq = seq
    // The stream may have brought later events already whose answers were lost.
    if (counter >= this.producer.last) {
      this.producer.last = counter
      this.producer.lastSeq = seq
    }
    this.#host.delivery.settle(this)
    if (this.gates > 0) this.#host.gates.stored(this, counter, seq, frames)
  }

  /** Called when the log refused the whole batch. If that is not final, nothing after it may be stored before it. */
  #notStored(frames: Uint8Array, error: TocsinError): void {
    this.#host.backpressure.failed(error)
    if (this.#closed) return
    if (this.#repeats && !isFinalRefusal(error)) {
      this.close()
      this.events.closed(error.code, error.message)
      return
    }
    if (this.gates > 0) this.#host.gates.passed(this, this.#seen)
    this.#told = Math.min(this.#told, frameSeq(frames, 0) - 1)
    for (let at = 0; at < frames.length; at += frameBytes(frames, at)) {
      this.#reportRefused(frameSeq(frames, at), error, frameSeq(frames, at) - 1)
    }
  }

  #refuse(code: ErrorCode, bytes: Uint8Array, at: number): void {
    if (this.#closed) return
    const counter = frameSeq(bytes, at)
    // An acknowledgement cannot carry such a counter.
    if (!Number.isSafeInteger(counter)) throw new TocsinError('TCN_BUS_COUNTER', 'a counter over 2^53 - 1')
    if (this.gates > 0) this.#host.gates.passed(this, counter)
    if (diagnostics.refused.hasSubscribers)
      diagnostics.refused.publish({ principal: this.principal.name, counter, code })
    this.#reportRefused(counter, refusalError(code, bytes, at), this.#seen)
  }

  /** `given`: the last counter before it that the log was given. */
  #reportRefused(counter: number, error: TocsinError, given: number): void {
    this.refused++
    if (this.#key !== undefined && counter > this.producer.last) {
      this.producer.refusals ??= new Refusals()
      this.producer.refusals.add(counter, counter, error.code, given)
    }
    if (!this.#closed) this.events.refused(counter, error, 'accept')
  }

  /** Waits until everything accepted so far is flushed; one wait at a time. */
  #askDurable(): void {
    const counter = this.#acceptedCounter
    if (this.#durableAsked || Math.min(this.#durableWanted, counter) <= this.#durableReported) return
    this.#durableAsked = true
    // A counter without a seq was restored when the hub started, so its event is flushed.
    this.#host.log.durable(this.#acceptedSeq).then(
      () => this.#answerDurable(counter, undefined),
      (error: TocsinError) => this.#answerDurable(counter, error),
    )
  }

  #answerDurable(counter: number, error: TocsinError | undefined): void {
    this.#durableAsked = false
    this.#durableReported = counter
    if (this.#closed) return
    if (error === undefined) this.events.durable(counter)
    else {
      // The disk may fail within the turn. An event reported as refused before it is accepted would count as durable.
      if (this.#unreported > 0) this.#reportAccepted()
      this.#host.backpressure.failed(error)
      this.events.refused(counter, error, 'durable')
    }
    this.#askDurable()
  }
}

const REPEATED = 'repeated'
