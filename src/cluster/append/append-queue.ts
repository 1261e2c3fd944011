import { TocsinError } from '../../errors/tocsin-error.js'
import type { Cancel } from '../../event/runtime.js'
import type { ProducerRange } from '../../log/event-log.js'
import { isFinalRefusal } from '../../log/final-refusal.js'
import { withRefused } from '../../log/producer-range.js'
import type { NatsLink } from '../../storage/nats/link.js'
import { type AppendEntry, type AppendOutcome, ownKey } from './append-entry.js'
import { decodeOutcomes, encodeAppends } from './append-message.js'
import type { Intake } from './intake.js'

/** Frames in one message, bytes, unless one entry has more. */
const MESSAGE_BYTES = 256 * 1024
/** Frames that are sent and not answered, bytes. */
const WINDOW_BYTES = 4 * 1024 * 1024
/** Silence of the primary after which everything is sent again, ms. */
const SILENCE_MS = 3000
const CHECK_MS = 250

/** Stores the entries: this hub itself, or the hub that listens to the subject. */
export type Primary = { intake: Intake } | { subject: string }

export interface AppendQueueOptions {
  link: NatsLink
  /** Id of this hub, another one for each start. */
  hub: string
  /** Frames that may wait now, bytes. */
  maxBytes(): number
  /** Time after which the entries of a producer are given up if nobody has stored the first, ms. */
  deadlineMs: number
  /** Why nobody can store them, if that is known. */
  obstacle?(): TocsinError | undefined
}

interface Waiting extends AppendEntry {
  /** Time of the call, ms. */
  at: number
  /** True if somebody waits for the answer, who is to be told when it takes too long. */
  expires: boolean
  done(outcome: AppendOutcome): void
}

/**
 * The events that this hub has published and nobody has stored yet, in order. They go to the primary, and once more
 * to the next one if it has no answer: counters show that one which are stored already.
 */
export class AppendQueue {
  /** Bytes of frames that wait. */
  bytes = 0
  readonly #options: AppendQueueOptions
  readonly #inbox: string
  readonly #unsubscribe: Cancel
  #cancelCheck: Cancel = () => undefined
  #waiting: Waiting[] = []
  /** The number of entries, from the first, that are sent. */
  #sent = 0
  #sentBytes = 0
  #number = 0
  #attempt = 0
  #nth = 0
  #heard = 0
  /** When this hub last knew of a primary, and could reach it, ms. */
  #served: number
  #primary: Primary | undefined
  #isSending = false
  #emptied: (() => void)[] = []

  constructor(options: AppendQueueOptions) {
    this.#options = options
    const { link } = options
    this.#inbox = link.inbox()
    this.#unsubscribe = link.subscribe(this.#inbox, ({ payload }) => this.#answered(decodeOutcomes(payload)))
    this.#served = this.#now
    this.#check()
  }

  get length(): number {
    return this.#waiting.length
  }

  /** Time that the first entry has waited, ms. */
  get age(): number {
    return this.#waiting.length === 0 ? 0 : this.#now - this.#waiting[0].at
  }

  /** Time in which this hub has known of no primary, or was not connected to NATS, ms. */
  get idle(): number {
    return this.#now - this.#served
  }

  get isFull(): boolean {
    return this.bytes > this.#options.maxBytes()
  }

  /** The largest entry that can be sent, bytes. */
  get largest(): number {
    return this.#options.link.maxPayload - HEAD_BYTES
  }

  /** Where entries go from now on; undefined while nobody takes them. */
  set primary(primary: Primary | undefined) {
    this.#primary = primary
    this.#restart()
  }

  /** Why nothing can be stored, if that is known. */
  get obstacle(): TocsinError | undefined {
    return this.#options.obstacle?.()
  }

  /** The error for events that cannot be stored now. */
  refusal(reason: string): TocsinError {
    const { code = 'TCN_CLUSTER_NO_PRIMARY', message } = this.obstacle ?? {}
    return new TocsinError(code, message === undefined ? reason : `${message}; ${reason}`)
  }

  /** `bytes` are not used by the caller any more. */
  add(bytes: Uint8Array, producer: ProducerRange, expires: boolean, done: Waiting['done']): void {
    this.#waiting.push({ number: ++this.#number, bytes, producer, at: this.#now, expires, done })
    this.bytes += bytes.length
    this.#sendLater()
  }

  /** Resolves when everything that waits now has its outcome. */
  async settled(): Promise<void> {
    const last = this.#number
    while (this.#waiting.length > 0 && this.#waiting[0].number <= last)
      await new Promise<void>((resolve) => this.#emptied.push(resolve))
  }

  /** Refuses what still waits. */
  close(): void {
    this.#cancelCheck()
    this.#unsubscribe()
    this.#primary = undefined
    this.#refuse(new Set(this.#waiting), new TocsinError('TCN_LOG_CLOSED'))
  }

  get #now(): number {
    return this.#options.link.runtime.monotonic()
  }

  /** Sends from the first entry on. */
  #restart(): void {
    this.#attempt++
    this.#nth = this.#sent = this.#sentBytes = 0
    this.#heard = this.#now
    this.#sendLater()
  }

  /** Events that are published in one turn of the event loop go in one message. */
  #sendLater(): void {
    if (this.#isSending || this.#primary === undefined) return
    this.#isSending = true
    this.#options.link.runtime.soon(() => {
      this.#isSending = false
      this.#send()
    })
  }

  #send(): void {
    const primary = this.#primary
    if (primary === undefined) return
    while (this.#sent < this.#waiting.length && this.#sentBytes < WINDOW_BYTES) {
      const entries = this.#next()
      if ('intake' in primary) primary.intake.take(entries, this.#answeredHere)
      else this.#sendTo(primary.subject, entries)
      if (this.#primary !== primary) return
    }
  }

  #next(): AppendEntry[] {
    const entries: AppendEntry[] = []
    let bytes = 0
    for (let at = this.#sent; at < this.#waiting.length; at++) {
      const entry = this.#waiting[at]
      if (bytes > 0 && bytes + entry.bytes.length > MESSAGE_BYTES) break
      entries.push(entry)
      bytes += entry.bytes.length
    }
    if (this.#sent === 0) this.#heard = this.#now
    this.#sent += entries.length
    this.#sentBytes += bytes
    return entries
  }

  #sendTo(subject: string, entries: AppendEntry[]): void {
    const { link, hub } = this.#options
    const message = { hub, attempt: this.#attempt, nth: this.#nth++, entries }
    link.publish(subject, encodeAppends(message), this.#inbox)
  }

  readonly #answeredHere = (outcomes: readonly AppendOutcome[]): void => this.#answered(outcomes)

  /** Outcomes come in the order of their entries; those of an earlier attempt are as good as those of the last. */
  #answered(outcomes: readonly AppendOutcome[]): void {
    let count = 0
    for (const outcome of outcomes) {
      const entry = this.#waiting[count]
      if (entry === undefined) break
      // Before it: it was refused meanwhile. After it: an answer was lost.
      if (outcome.number !== entry.number) continue
      count++
      if (outcome.error !== undefined) this.#carry(entry, outcome.error, count)
      entry.done(outcome)
    }
    if (count > 0) this.#heard = this.#now
    this.#remove(this.#waiting.splice(0, count), Math.min(count, this.#sent))
  }

  /** Lets the next entry of a producer say that these events were refused. */
  #carry({ producer }: Waiting, error: TocsinError, from: number): void {
    const { key, first, last, refused = [] } = producer
    const next = this.#waiting.find((entry, at) => at >= from && entry.producer.key === key)
    if (next === undefined || !isFinalRefusal(error)) return
    next.producer = withRefused(next.producer, [...refused, { first, last, code: error.code }])
  }

  #remove(removed: readonly Waiting[], sent: number): void {
    for (const [at, { bytes }] of removed.entries()) {
      this.bytes -= bytes.length
      if (at < sent) this.#sentBytes -= bytes.length
    }
    this.#sent = Math.max(0, this.#sent - sent)
    for (const resolve of this.#emptied.splice(0)) resolve()
    if (this.#sent < this.#waiting.length) this.#sendLater()
  }

  #check(): void {
    this.#cancelCheck = this.#options.link.runtime.after(CHECK_MS, () => {
      this.#check()
      if (this.#primary !== undefined && this.#options.link.isConnected) this.#served = this.#now
      if (this.age > this.#options.deadlineMs) this.#giveUp()
      const isRemote = this.#primary !== undefined && 'subject' in this.#primary
      // A message or an answer was lost, or the primary still tries.
      if (isRemote && this.#sent > 0 && this.#now - this.#heard > SILENCE_MS) this.#restart()
    })
  }

  /**
   * Gives up what has waited too long, and with it everything that its producer has published later: an event with a later
   * counter would let the earlier ones pass for stored.
   */
  #giveUp(): void {
    const oldest = this.#now - this.#options.deadlineMs
    const own = ownKey(this.#options.hub)
    const producers = new Set<string>()
    const isGivenUp = ({ at, expires, producer }: Waiting): boolean => {
      const isLate = expires && at < oldest
      if (isLate && producer.key !== own) producers.add(producer.key)
      return isLate || producers.has(producer.key)
    }
    this.#refuse(new Set(this.#waiting.filter(isGivenUp)), this.#tooLate())
  }

  #tooLate(): TocsinError {
    const seconds = this.#options.deadlineMs / 1000
    return this.refusal(`no primary has stored the event within ${seconds} s`)
  }

  #refuse(refused: ReadonlySet<Waiting>, error: TocsinError): void {
    if (refused.size === 0) return
    const sent = this.#waiting.slice(0, this.#sent).filter((entry) => refused.has(entry)).length
    this.#waiting = this.#waiting.filter((entry) => !refused.has(entry))
    this.#remove([...refused], sent)
    for (const { number, done } of refused) done({ number, error, seq: 0, run: 0 })
  }
}

/** More than the head of a message with one entry needs. */
const HEAD_BYTES = 4096
