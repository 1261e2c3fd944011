import type { TocsinError } from '../../errors/tocsin-error.js'
import { deleteOldest } from '../../event/oldest.js'
import type { Cancel } from '../../event/runtime.js'
import type { EventLog, ProducerRange } from '../../log/event-log.js'
import { isFinalRefusal } from '../../log/final-refusal.js'
import { withRefused } from '../../log/producer-range.js'
import type { RefusedSpan } from '../../log/refused-spans.js'
import type { NatsLink } from '../../storage/nats/link.js'
import type { RawMessage } from '../../storage/nats/raw-message.js'
import { type AppendEntry, type AppendOutcome, withoutRepeats } from './append-entry.js'
import { decodeAppends, encodeOutcomes } from './append-message.js'

/** Hubs that send entries, at most. */
const MAX_HUBS = 1000

export interface IntakeOptions {
  link: NatsLink
  log: Pick<EventLog, 'append'>
  /** Where the entries of other hubs arrive: a subject of one term. */
  subject: string
  /** Returns the last stored counter of a producer. */
  lastOf(key: string): number
}

export type Answered = (outcomes: readonly AppendOutcome[]) => void

interface Sender {
  attempt: number
  /** The next message of the attempt. */
  nth: number
  reply: string
  outcomes: AppendOutcome[]
}

/**
 * The primary's side of appends: takes entries of all hubs in the order in which they come, leaves out what is stored
 * already, and answers each once it is stored. It answers nothing after the term: the next primary does.
 */
export class Intake {
  readonly #options: IntakeOptions
  readonly #senders = new Map<string, Sender>()
  /** Last counters that were given to the log and are not stored yet. */
  readonly #given = new Map<string, number>()
  /** The entries that the log has refused for good: the next entry of the producer says so. */
  readonly #refused = new Map<string, RefusedSpan[]>()
  /** Entries in their order, with their outcomes, as far as those are known. */
  readonly #open: { outcome: AppendOutcome | undefined; answer: Answered; number: number }[] = []
  readonly #unsubscribe: Cancel
  #isClosed = false

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#unsubscribe = options.link.subscribe(options.subject, (message) => this.#receive(message))
  }

  /** Takes entries of this hub itself. */
  take(entries: readonly AppendEntry[], answer: Answered): void {
    for (const entry of entries) this.#append(entry, answer)
  }

  close(): void {
    this.#isClosed = true
    this.#unsubscribe()
  }

  #receive({ payload, reply }: RawMessage): void {
    const message = decodeAppends(payload)
    if (message === undefined || this.#isClosed) return
    const { hub, attempt, nth, entries } = message
    const sender = this.#senderOf(hub)
    if (attempt > sender.attempt && nth === 0) Object.assign(sender, { attempt, nth: 0, reply })
    // A message before this one was lost. Its sender will begin again with it.
    if (attempt !== sender.attempt || nth !== sender.nth) return
    sender.nth++
    // The memory of the message is used again, and the log copies what it appends.
    this.take(entries, (outcomes) => this.#answerLater(sender, outcomes))
  }

  #senderOf(hub: string): Sender {
    let sender = this.#senders.get(hub)
    if (sender === undefined) {
      // Hubs that have restarted have another id, and never come back under the old one.
      if (this.#senders.size >= MAX_HUBS) deleteOldest(this.#senders)
      sender = { attempt: 0, nth: 0, reply: '', outcomes: [] }
      this.#senders.set(hub, sender)
    }
    return sender
  }

  #append(entry: AppendEntry, answer: Answered): void {
    // An entry that follows one that the term did not store is left to the next term.
    if (this.#isClosed) return
    const { key, last } = entry.producer
    const fresh = withoutRepeats(entry, Math.max(this.#options.lastOf(key), this.#given.get(key) ?? 0))
    const open = { outcome: undefined as AppendOutcome | undefined, answer, number: entry.number }
    this.#open.push(open)
    if (fresh === undefined) {
      // Perhaps it was given to the log and is not stored yet: then it waits for all that was given before.
      open.outcome = { number: entry.number, seq: 0, run: 0 }
      this.#settle()
      return
    }
    this.#given.set(key, last)
    const { bytes } = fresh
    const producer = withRefused(fresh.producer, this.#refused.get(key) ?? [])
    const batch = { bytes, count: producer.count, firstSeq: 0, lastSeq: 0, producers: [producer] }
    this.#options.log.append(batch, (error, seq) => {
      if (this.#given.get(key) === last) this.#given.delete(key)
      if (error !== undefined && isOfTerm(error)) this.close()
      this.#noteRefused(producer, error)
      open.outcome = { number: entry.number, error, seq, run: producer.count }
      this.#settle()
    })
  }

  #noteRefused({ key, first, last, refused = [] }: ProducerRange, error: TocsinError | undefined): void {
    if (error === undefined || !isFinalRefusal(error)) this.#refused.delete(key)
    else this.#refused.set(key, [...refused, { first, last, code: error.code }])
  }

  /** Hands over the outcomes up to the first one that is not known. */
  #settle(): void {
    let count = 0
    while (this.#open[count]?.outcome !== undefined) count++
    const settled = this.#open.splice(0, count)
    for (let at = 0; at < settled.length; ) {
      const { answer } = settled[at]
      const outcomes: AppendOutcome[] = []
      for (; settled[at]?.answer === answer; at++) {
        const { outcome } = settled[at]
        if (outcome !== undefined) outcomes.push(outcome)
      }
      if (!this.#isClosed) answer(outcomes)
    }
  }

  /** Answers a hub once a turn of the event loop. */
  #answerLater(sender: Sender, outcomes: readonly AppendOutcome[]): void {
    if (sender.outcomes.length === 0)
      this.#options.link.runtime.soon(() => {
        const answered = sender.outcomes
        sender.outcomes = []
        if (!this.#isClosed) this.#options.link.publish(sender.reply, encodeOutcomes(answered))
      })
    sender.outcomes.push(...outcomes)
  }
}

/** Errors that say nothing about the event: another term may store it. */
function isOfTerm({ code }: TocsinError): boolean {
  return OF_TERM.has(code)
}

const OF_TERM: ReadonlySet<string> = new Set([
  'TCN_LOG_TERM_OVER',
  'TCN_LOG_NOT_PRIMARY',
  'TCN_LOG_CLOSED',
  'TCN_NATS_UNREACHABLE',
  'TCN_NATS_FULL',
])
