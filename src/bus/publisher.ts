import { checkFrame } from '../event/check.js'
import type { ErrorCode } from '../event/error-catalogue.js'
import { TocsinError } from '../event/errors.js'
import {
  frameBytes,
  frameKind,
  frameSeq,
  HEADER_BYTES,
  sourceLength,
  tagLength,
  tagStart,
} from '../event/frame.js'
import type { Matcher } from '../filter/matcher.js'
import type { EventLog, ProducerRange } from '../log/event-log.js'
import type { PublisherApi, PublisherEvents, Refusal } from './api.js'
import { diagnostics } from './diagnostics.js'
import type { Principal } from './principal.js'
import type { Producer } from './producers.js'
import { refusalError } from './refusal-error.js'

/** What a publisher needs of the bus it belongs to. */
export interface PublisherHost {
  readonly log: EventLog
  readonly largestFrame: number
  readonly suspended: boolean
  /** The bus stops: what comes now is left unanswered, and comes again after a reconnect. */
  readonly closing: boolean
  /** Puts the publisher among those that are told `accepted` after the coming flush. */
  settle(publisher: Publisher): void
  /** The log refused; publishers pause until it takes events again. */
  logFailed(error: TocsinError): void
  appended(): void
  announceGate(publisher: Publisher, name: string, counter: number, deadline: number | undefined): void
  /** The event `counter` of a publisher that announced gates is stored. */
  gateStored(publisher: Publisher, counter: number, seq: number, frame: Uint8Array): void
  /** Events up to `counter` were refused or passed over; no gate opens for them any more. */
  gatePassed(publisher: Publisher, counter: number): void
  left(publisher: Publisher): void
}

export interface PublisherRights {
  publish: Matcher
  produce: Matcher
}

const utf8 = new TextEncoder()
const HUB = utf8.encode('hub')
const SLASH = 0x2f

/**
 * One who publishes: checks what comes in and gives sound stretches of frames to the log. The frames'
 * seq holds the producer's own counter; the log replaces it.
 */
export class Publisher implements PublisherApi {
  readonly principal: Principal
  readonly events: PublisherEvents
  readonly producer: Producer
  /** Undefined for a publisher without a name: its counters are nobody else's business. */
  readonly #key: string | undefined
  readonly #host: PublisherHost
  /** Undefined: that of the bus, which may change. */
  readonly #largestFrame: number | undefined
  #rights: PublisherRights
  #source: Uint8Array
  #closed = false
  /** Of the stretch being checked. */
  #first = 0
  #count = 0
  /** Highest counter given to the log. */
  #seen: number
  /** Highest counter stored, and its seq. */
  #acceptedCounter: number
  #acceptedSeq: number
  /** Events up to there, not told yet, whose counters and seqs rise by one. */
  #run = 0
  /** An event came again whose acceptance is to be told again. */
  #repeats = false
  #durableWanted = 0
  /** Up to here it was said whether it is on the disk. */
  #durableTold = 0
  #durableAsked = false
  /** Waits for the coming flush; kept by the bus. */
  settling = false
  /** Announced and not yet stored; kept by the gates. */
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
      largestFrame?: number
      rights: PublisherRights
    },
  ) {
    this.#host = host
    this.#largestFrame = fields.largestFrame
    this.principal = fields.principal
    this.events = fields.events
    this.producer = fields.producer
    this.#key = fields.named ? fields.producer.key : undefined
    this.#rights = fields.rights
    this.#source = utf8.encode(fields.principal.source)
    this.#seen = fields.producer.last
    this.#acceptedCounter = fields.producer.last
    this.#acceptedSeq = fields.producer.lastSeq
  }

  /** The rights of its principal have changed, perhaps also the sources under which it publishes. */
  reauthorize(rights: PublisherRights): void {
    this.#rights = rights
    this.#source = utf8.encode(this.principal.source)
  }

  get #largest(): number {
    return this.#largestFrame ?? this.#host.largestFrame
  }

  get lastCounter(): number {
    return this.producer.last
  }

  get refusals(): readonly Refusal[] {
    return this.producer.refusals ?? []
  }

  get paused(): boolean {
    return this.#host.suspended
  }

  publish(bytes: Uint8Array, start: number, end: number): void {
    if (this.#closed || this.#host.closing) return
    const largest = this.#largest
    let run = start
    let at = start
    while (at < end) {
      const fault = checkFrame(bytes, at, end, largest) ?? this.#admit(bytes, at)
      const next = at + frameBytes(bytes, at)
      if (fault === undefined) {
        if (this.#count === 0) this.#first = frameSeq(bytes, at)
        this.#count++
        this.#seen = frameSeq(bytes, at)
        // A gate waits for the seq of one event: that event goes alone.
        if (this.gates > 0) {
          this.#append(bytes, run, next)
          run = next
        }
      } else {
        this.#append(bytes, run, at)
        run = next
        if (fault !== REPEATED) this.#refuse(fault, bytes, at)
      }
      at = next
    }
    this.#append(bytes, run, end)
  }

  awaitDurable(counter: number): void {
    if (this.#closed || counter <= this.#durableWanted) return
    this.#durableWanted = counter
    this.#askDurable()
  }

  gate(name: string, counter: number, deadline?: number): void {
    if (counter <= this.#seen) {
      throw new TocsinError('TCN_BUS_COUNTER', `the event ${counter} was sent before its gate ${name}`)
    }
    this.#host.announceGate(this, name, counter, deadline)
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

  stop(): void {
    if (this.#closed) return
    this.close()
    this.events.closed('STOP', 'the hub stops')
  }

  /** After a flush: what was stored has been delivered too. */
  tellAccepted(): void {
    if (this.#closed) return
    if (this.#run > 0 || this.#repeats) this.#tellRun()
    this.#askDurable()
  }

  #tellRun(): void {
    const run = this.#run
    this.#run = 0
    this.#repeats = false
    if (!this.#closed) this.events.accepted(this.#acceptedCounter, this.#acceptedSeq, run)
  }

  #admit(bytes: Uint8Array, at: number): ErrorCode | typeof REPEATED | undefined {
    const counter = frameSeq(bytes, at)
    return counter <= this.#seen ? this.#repeated(counter) : this.#forbidden(bytes, at)
  }

  /** Why a frame that was sent before was refused then, and is now; undefined where it was not. */
  refusalOf(bytes: Uint8Array, at: number): TocsinError | undefined {
    const counter = frameSeq(bytes, at)
    const told = this.refusals.find((refusal) => refusal.counter === counter)
    const code =
      told?.code ?? checkFrame(bytes, at, bytes.length, this.#largest) ?? this.#forbidden(bytes, at)
    return code && refusalError(code, bytes, at)
  }

  #forbidden(bytes: Uint8Array, at: number): ErrorCode | undefined {
    const reserved = this.#reserved(bytes, at)
    if (reserved !== undefined && !this.#rights.produce.matches(bytes, at)) return reserved
    const { publish } = this.#rights
    return publish.all || publish.matches(bytes, at) ? undefined : 'TCN_ACCESS_DENIED'
  }

  /** What was stored before is acknowledged again; a counter of 0 never was one. */
  #repeated(counter: number): ErrorCode | typeof REPEATED {
    if (counter === 0) return 'TCN_BUS_COUNTER'
    this.#repeats = true
    this.#host.settle(this)
    return REPEATED
  }

  /** Why the event needs the right `produce`; undefined when it does not. */
  #reserved(bytes: Uint8Array, at: number): ErrorCode | undefined {
    if (frameKind(bytes, at) !== 0) return 'TCN_KIND_RESERVED'
    if (isUnder(bytes, tagStart(bytes, at), tagLength(bytes, at), HUB)) return 'TCN_TAG_RESERVED'
    const source = at + HEADER_BYTES
    const length = sourceLength(bytes, at)
    const own = isUnder(bytes, source, length, this.#source) && !isUnder(bytes, source, length, HUB)
    return own ? undefined : 'TCN_ORIGIN_FOREIGN'
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    const count = this.#count
    if (count === 0) return
    this.#count = 0
    const first = this.#first
    const last = this.#seen
    const producers: ProducerRange[] | undefined =
      this.#key === undefined ? undefined : [{ key: this.#key, first, last, count }]
    const batch = { bytes: bytes.subarray(start, end), count, firstSeq: 0, lastSeq: 0, producers }
    this.#host.log.append(batch, (error, lastSeq) => {
      if (error === undefined) this.#stored(first, last, lastSeq, count, batch.bytes)
      else this.#notStored(batch.bytes, error)
    })
    this.#host.appended()
  }

  #stored(first: number, counter: number, seq: number, count: number, frames: Uint8Array): void {
    this.accepted += count
    const isWhole = counter - first + 1 === count
    const goesOn = isWhole && first === this.#acceptedCounter + 1 && seq - count === this.#acceptedSeq
    if (!goesOn && this.#run > 0) this.#tellRun()
    this.#run = isWhole ? this.#run + count : 1
    this.#acceptedCounter = counter
    this.#acceptedSeq = seq
    this.producer.last = counter
    this.producer.lastSeq = seq
    this.#host.settle(this)
    if (this.gates > 0) this.#host.gateStored(this, counter, seq, frames)
  }

  /** None of the stretch was taken. */
  #notStored(frames: Uint8Array, error: TocsinError): void {
    this.#host.logFailed(error)
    if (this.gates > 0) this.#host.gatePassed(this, this.#seen)
    for (let at = 0; at < frames.length; at += frameBytes(frames, at)) {
      this.#tellRefused(frameSeq(frames, at), error)
    }
  }

  #refuse(code: ErrorCode, bytes: Uint8Array, at: number): void {
    const counter = frameSeq(bytes, at)
    // No answer could name it.
    if (!Number.isSafeInteger(counter)) throw new TocsinError('TCN_BUS_COUNTER', 'a counter over 2^53 - 1')
    if (this.gates > 0) this.#host.gatePassed(this, counter)
    if (diagnostics.refused.hasSubscribers)
      diagnostics.refused.publish({ principal: this.principal.name, counter, code })
    this.#tellRefused(counter, refusalError(code, bytes, at))
  }

  #tellRefused(counter: number, error: TocsinError): void {
    this.refused++
    this.producer.refusals ??= []
    this.producer.refusals.push({ counter, code: error.code })
    if (this.producer.refusals.length > REFUSALS_KEPT) this.producer.refusals.shift()
    if (!this.#closed) this.events.refused(counter, error, 'accept')
  }

  /** One question to the disk at a time, for everything accepted until then. */
  #askDurable(): void {
    const counter = this.#acceptedCounter
    if (this.#durableAsked || Math.min(this.#durableWanted, counter) <= this.#durableTold) return
    this.#durableAsked = true
    // Without a seq the counter is known from an earlier run of the hub, so its event is on the disk.
    this.#host.log.durable(this.#acceptedSeq).then(
      () => this.#answerDurable(counter, undefined),
      (error: TocsinError) => this.#answerDurable(counter, error),
    )
  }

  #answerDurable(counter: number, error: TocsinError | undefined): void {
    this.#durableAsked = false
    this.#durableTold = counter
    if (this.#closed) return
    if (error === undefined) this.events.durable(counter)
    else {
      // The disk may refuse within the turn. Heard before it is accepted, the event would count as durable.
      if (this.#run > 0) this.#tellRun()
      this.events.refused(counter, error, 'durable')
    }
    this.#askDurable()
  }
}

const REPEATED = 'repeated'
const REFUSALS_KEPT = 500

/** Is the text equal to `prefix`, or does it begin with `prefix/`? The empty prefix owns everything. */
function isUnder(bytes: Uint8Array, start: number, length: number, prefix: Uint8Array): boolean {
  const size = prefix.length
  if (size === 0) return true
  if (length < size || (length > size && bytes[start + size] !== SLASH)) return false
  for (let i = 0; i < size; i++) if (bytes[start + i] !== prefix[i]) return false
  return true
}
