import { TocsinError } from '../../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import { answerOf, type JetStreamApi } from '../../storage/nats/jetstream-api.js'
import type { NatsLink, RawMessage } from '../../storage/nats/link.js'
import { decodeHeader, type Message } from './event-message.js'

/** Silence after which the outstanding places are looked at, ms. */
const SILENCE_MS = 1200
const CHECK_MS = 200
/** Pause between two probes, ms. */
const PAUSE_MS = 100
/** Messages read back at the same time. */
const READ_AT_ONCE = 32

export interface OutgoingMessage extends Message {
  subject: string
}

export interface PipelineOptions {
  link: NatsLink
  api: JetStreamApi
  stream: string
  /** `created` of the stream that is meant. */
  created: string
  /** The term, which its messages carry. */
  term: number
  /** The place of the first message. */
  next: number
  /** Largest number of messages that are sent and not acknowledged. */
  window: number
  /** Time without progress after which publishers are told, ms. */
  deadlineMs: number
  /** Whether this hub may still act as the primary. Asked before each message is sent. */
  mayAppend(): boolean
  /** Called when everything up to this place is stored. */
  stored(place: number): void
  /** Called once, when nothing more can be appended. What is not stored until then may be stored or not. */
  over(error: TocsinError): void
}

type Probe = 'stored' | 'refused' | 'silent'

/**
 * Appends messages at fixed places, one after another, each with the expectation that the place before its own is the
 * last one. After a refusal or silence it reads back what is stored, and sends the same bytes again. It never chooses
 * another place for a message: somebody else's message at such a place ends the term.
 */
export class AppendPipeline {
  readonly #options: PipelineOptions
  readonly #runtime: Runtime
  readonly #inbox: string
  readonly #unsubscribe: Cancel
  /** Messages that are not acknowledged, by place. */
  readonly #waiting = new Map<number, OutgoingMessage & { isStored: boolean }>()
  /** Everything up to here is stored. */
  #stored: number
  #sent: number
  /** The last place for which a message was ever sent. */
  #tried: number
  #last: number
  #state: 'flowing' | 'recovering' | 'over' = 'flowing'
  /** Rises with each recovery: refusals of earlier attempts mean nothing. */
  #attempt = 1
  #progressAt: number
  #probed: ((result: Probe) => void) | undefined
  #cancelCheck: Cancel = () => undefined

  constructor(options: PipelineOptions) {
    this.#options = options
    this.#runtime = options.link.runtime
    this.#stored = this.#sent = this.#tried = this.#last = options.next - 1
    this.#progressAt = this.#runtime.monotonic()
    this.#inbox = options.link.inbox()
    this.#unsubscribe = options.link.subscribe(`${this.#inbox}.*`, (message) => this.#answered(message))
    this.#check()
  }

  /** The place of the next message. */
  get next(): number {
    return this.#last + 1
  }

  get isIdle(): boolean {
    return this.#stored === this.#last
  }

  /** Appends a message that was encoded for the place `next`. */
  append(message: OutgoingMessage): void {
    if (this.#state === 'over') return
    if (this.isIdle) this.#progressAt = this.#runtime.monotonic()
    this.#waiting.set(++this.#last, { ...message, isStored: false })
    this.#send()
  }

  end(error: TocsinError): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#cancelCheck()
    this.#unsubscribe()
    this.#probed?.('silent')
    this.#waiting.clear()
    this.#options.over(error)
  }

  #send(): void {
    const { window } = this.#options
    while (this.#state === 'flowing' && this.#sent < this.#last && this.#sent - this.#stored < window)
      this.#sendNext()
  }

  #sendNext(): void {
    if (!this.#options.mayAppend()) {
      this.end(new TocsinError('TCN_LOG_TERM_OVER'))
      return
    }
    const place = ++this.#sent
    this.#tried = Math.max(this.#tried, place)
    const { subject, header, payload } = this.#waiting.get(place)!
    this.#options.link.publish(subject, payload, `${this.#inbox}.${this.#attempt}-${place}`, header)
  }

  #answered(message: RawMessage): void {
    if (this.#state === 'over') return
    const [attempt, place] = message.subject
      .slice(this.#inbox.length + 1)
      .split('-')
      .map(Number)
    if (isStoredAt(message, place)) {
      this.#markStored(place)
      if (this.#attempt === attempt) this.#probed?.('stored')
    } else if (this.#attempt === attempt) {
      this.#probed?.('refused')
      if (this.#state === 'flowing') void this.#recover()
    }
  }

  #markStored(place: number): void {
    const message = this.#waiting.get(place)
    if (message === undefined) return
    message.isStored = true
    const before = this.#stored
    while (this.#waiting.get(this.#stored + 1)?.isStored) this.#waiting.delete(++this.#stored)
    if (this.#stored === before) return
    this.#progressAt = this.#runtime.monotonic()
    this.#options.stored(this.#stored)
    this.#send()
  }

  #check(): void {
    this.#cancelCheck = this.#runtime.after(CHECK_MS, () => {
      this.#check()
      const isSilent = this.#runtime.monotonic() - this.#progressAt > SILENCE_MS
      if (this.#state === 'flowing' && isSilent && this.#stored < this.#sent) void this.#recover()
    })
  }

  /** Finds out what is stored, then sends the first of the rest alone until it is stored, then all of them. */
  async #recover(): Promise<void> {
    this.#state = 'recovering'
    while (this.#isRecovering()) {
      this.#attempt++
      const isKnown = await this.#readBack().catch(() => false)
      if (!this.#isRecovering()) return
      this.#sent = this.#stored
      if (isKnown && (this.isIdle || (await this.#probe()) === 'stored')) {
        if (this.#isRecovering()) this.#resume()
        return
      }
      await new Promise<void>((resolve) => void this.#runtime.after(PAUSE_MS, resolve))
    }
  }

  /** Ends the term if the recovery has lasted too long. */
  #isRecovering(): boolean {
    if (this.#state !== 'recovering') return false
    if (!this.#options.mayAppend()) this.end(new TocsinError('TCN_LOG_TERM_OVER'))
    else if (this.#runtime.monotonic() - this.#progressAt > this.#options.deadlineMs)
      this.end(
        new TocsinError(
          'TCN_NATS_UNREACHABLE',
          `no event could be stored for ${this.#options.deadlineMs / 1000} s; whether the last ones are stored is not known`,
        ),
      )
    return this.#state === 'recovering'
  }

  #resume(): void {
    this.#state = 'flowing'
    this.#sent = Math.max(this.#sent, this.#stored)
    this.#progressAt = this.#runtime.monotonic()
    this.#send()
  }

  /** Resolves with true if every place up to the end of the stream is known to be stored. May end the term. */
  async #readBack(): Promise<boolean> {
    const { api, stream, created } = this.#options
    const { state, created: found } = await api.info(stream)
    if (found !== created || state.last_seq < this.#stored || state.last_seq > this.#tried) {
      this.end(new TocsinError('TCN_LOG_TERM_OVER'))
      return false
    }
    const places = [...this.#waiting.keys()].filter((place) => place <= state.last_seq)
    for (let at = 0; at < places.length; at += READ_AT_ONCE) {
      const own = await Promise.all(places.slice(at, at + READ_AT_ONCE).map((place) => this.#isOwn(place)))
      if (this.#state !== 'recovering') return false
      if (own.includes(false)) {
        this.end(new TocsinError('TCN_LOG_TERM_OVER'))
        return false
      }
      for (const place of places.slice(at, at + READ_AT_ONCE)) this.#markStored(place)
    }
    return true
  }

  async #isOwn(place: number): Promise<boolean> {
    const { api, stream, term } = this.#options
    const message = await api.message(stream, { seq: place })
    return message !== undefined && decodeHeader(message.header)?.term === term
  }

  #probe(): Promise<Probe> {
    return new Promise((resolve) => {
      const cancel = this.#runtime.after(SILENCE_MS, () => this.#probed?.('silent'))
      this.#probed = (result) => {
        cancel()
        this.#probed = undefined
        resolve(result)
      }
      this.#sendNext()
      if (this.#state === 'over') this.#probed?.('silent')
    })
  }
}

/** Whether the server says that the message is stored at its place, and now. */
function isStoredAt(message: RawMessage, place: number): boolean {
  try {
    const { seq, duplicate } = answerOf<{ seq: number; duplicate?: boolean }>(message)
    return seq === place && duplicate !== true
  } catch {
    return false
  }
}
