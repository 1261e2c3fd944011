import { TocsinError } from '../../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import { answerOf } from '../../storage/nats/jetstream-api.js'
import { fullError } from '../../storage/nats/nats-error.js'
import type { RawMessage } from '../../storage/nats/raw-message.js'
import { decodeHeader } from './event-message.js'
import type { WireRun } from './message-writer.js'
import { OutgoingRuns } from './outgoing-runs.js'
import { ShortStream, type ShortStreamOptions } from './short-stream.js'

/** Silence after which the outstanding places are looked at, ms. */
const SILENCE_MS = 1200
const CHECK_MS = 200
/** Pause between two probes, ms. */
const PAUSE_MS = 100
/** Messages read back at the same time. */
const READ_AT_ONCE = 32
/** Messages after which one is answered at the latest. An answer takes the server as long as storing a message. */
const ANSWER_EVERY = 32

export interface PipelineOptions extends ShortStreamOptions {
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
  /** Returns whether this hub may still act as the primary. Asked before each message is sent. */
  mayAppend(): boolean
  /** Called when every place up to this one is taken: by these messages, unless a reader finds others there. */
  stored(place: number): void
  /** Called once, when nothing more can be appended. What is not stored until then may be stored or not. */
  over(error: TocsinError): void
}

type Probe = 'stored' | 'refused' | 'silent'

/**
 * Appends messages at fixed places, one after another, each with the expectation that the place before its own is the
 * last one. So the server has them all once it has stored one of them, and only some are answered. After a refusal or
 * silence it reads back what is stored, and sends the same bytes again. It never chooses another place for a message:
 * somebody else's message at such a place ends the term.
 */
export class AppendPipeline {
  readonly #options: PipelineOptions
  readonly #runtime: Runtime
  readonly #inbox: string
  readonly #unsubscribe: Cancel
  readonly #waiting = new OutgoingRuns()
  readonly #streamEnd: ShortStream
  readonly #answerEvery: number
  /** Everything up to here is stored. */
  #stored: number
  #sent: number
  /** The last place for which a message was ever sent. */
  #tried: number
  #last: number
  #state: 'flowing' | 'recovering' | 'over' = 'flowing'
  /** Rises with each recovery: refusals of earlier attempts mean nothing. */
  #attempt = 1
  /** Messages up to here were encoded in an earlier attempt, and name its subject for the answer. */
  #earlier = 0
  #progressAt: number
  #probed: ((result: Probe) => void) | undefined
  /** Why NATS has refused a message since the last one that it has stored, if it was for lack of room. */
  #fault: TocsinError | undefined
  #cancelCheck: Cancel = () => undefined

  constructor(options: PipelineOptions) {
    this.#options = options
    this.#streamEnd = new ShortStream(options)
    this.#runtime = options.link.runtime
    this.#stored = this.#sent = this.#tried = this.#last = options.next - 1
    this.#progressAt = this.#runtime.monotonic()
    this.#answerEvery = Math.max(1, Math.min(ANSWER_EVERY, options.window >> 2))
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

  /** Returns the subject for the answer to the message at a place. Some go without one, but never the last of a run. */
  replyOf(place: number, isLast: boolean): string {
    return isLast || place % this.#answerEvery === 0 ? `${this.#inbox}.${this.#attempt}-${place}` : ''
  }

  /** Appends messages that were encoded for the place `next` and those after it. */
  append(run: WireRun): void {
    if (this.#state === 'over') return
    if (this.isIdle) this.#progressAt = this.#runtime.monotonic()
    this.#waiting.add(run, this.next)
    this.#last += run.ends.length
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
    while (this.#state === 'flowing' && this.#sent < this.#last) {
      const most = Math.min(this.#last, this.#stored + this.#options.window)
      if (most <= this.#sent) return
      this.#sendUpTo(most)
    }
  }

  /** Sends the next message, and as many after it, up to `most`, as can go in one write. */
  #sendUpTo(most: number): void {
    if (!this.#options.mayAppend()) {
      this.end(new TocsinError('TCN_LOG_TERM_OVER'))
      return
    }
    const place = this.#sent + 1
    if (place <= this.#earlier) this.#sendAgain(place)
    else {
      const { bytes, last } = this.#waiting.from(place, most)
      this.#sent = last
      this.#options.link.publishWire(bytes)
    }
    this.#tried = Math.max(this.#tried, this.#sent)
  }

  #sendAgain(place: number): void {
    const { subject, payload, header } = this.#waiting.message(place)
    this.#sent = place
    this.#options.link.publish(subject, payload, this.replyOf(place, true), header)
  }

  #answered(message: RawMessage): void {
    if (this.#state === 'over') return
    const [attempt, place] = message.subject
      .slice(this.#inbox.length + 1)
      .split('-')
      .map(Number)
    // While messages are read back, those that were sent before say nothing about the places before their own.
    if (this.#state === 'recovering' && this.#attempt !== attempt) return
    if (isStoredAt(message, place)) {
      this.#markStored(place)
      if (this.#attempt === attempt) this.#probed?.('stored')
    } else if (this.#attempt === attempt) {
      this.#noteRefusal(message)
      this.#probed?.('refused')
      if (this.#state === 'flowing') void this.#recover()
    }
  }

  #noteRefusal(message: RawMessage): void {
    this.#fault = fullError(message)
    if (this.#fault !== undefined) this.#options.hindered?.(this.#fault)
  }

  #markStored(place: number): void {
    if (place <= this.#stored) return
    this.#stored = place
    this.#fault = undefined
    this.#waiting.drop(place)
    this.#progressAt = this.#runtime.monotonic()
    this.#options.stored(place)
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
      this.#earlier = this.#last
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
      this.end(this.#tooLong())
    return this.#state === 'recovering'
  }

  #tooLong(): TocsinError {
    const { code = 'TCN_NATS_UNREACHABLE', message } = this.#fault ?? {}
    const text = `no event could be stored for ${this.#options.deadlineMs / 1000} s; whether the last ones are stored is not known`
    return new TocsinError(code, message === undefined ? text : `${message}; ${text}`)
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
    const isGone = state.last_seq > this.#stored && state.first_seq > this.#stored + 1
    if (found !== created || state.last_seq > this.#tried || isGone) {
      this.end(new TocsinError('TCN_LOG_TERM_OVER'))
      return false
    }
    // A server that has just become the leader may not have applied all that it has.
    if (state.last_seq < this.#stored || this.#streamEnd.isShort(state.last_seq)) return false
    while (this.#stored < state.last_seq) {
      const places = placesAfter(this.#stored, Math.min(READ_AT_ONCE, state.last_seq - this.#stored))
      const origins = await Promise.all(places.map((place) => this.#originOf(place)))
      if (this.#state !== 'recovering') return false
      if (origins.includes('unknown')) return false
      if (origins.includes('foreign')) {
        this.end(new TocsinError('TCN_LOG_TERM_OVER'))
        return false
      }
      this.#markStored(places[places.length - 1])
    }
    return true
  }

  async #originOf(place: number): Promise<'own' | 'foreign' | 'unknown'> {
    const { api, stream, term } = this.#options
    const message = await api.message(stream, { seq: place })
    if (message === undefined) return 'unknown'
    return decodeHeader(message.header)?.term === term ? 'own' : 'foreign'
  }

  #probe(): Promise<Probe> {
    return new Promise((resolve) => {
      const cancel = this.#runtime.after(SILENCE_MS, () => this.#probed?.('silent'))
      this.#probed = (result) => {
        cancel()
        this.#probed = undefined
        resolve(result)
      }
      this.#sendUpTo(this.#sent + 1)
      if (this.#state === 'over') this.#probed?.('silent')
    })
  }
}

function placesAfter(place: number, count: number): number[] {
  return Array.from({ length: count }, (_, nth) => place + nth + 1)
}

/** Returns whether the server says that the message is stored at its place, and now. */
function isStoredAt(message: RawMessage, place: number): boolean {
  try {
    const { seq, duplicate } = answerOf<{ seq: number; duplicate?: boolean }>(message)
    return seq === place && duplicate !== true
  } catch {
    return false
  }
}
