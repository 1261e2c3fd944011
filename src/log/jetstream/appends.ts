import { TocsinError } from '../../errors/tocsin-error.js'
import { frameBytes, HEADER_BYTES } from '../../event/frame.js'
import type { FrameBatch } from '../event-log.js'
import type { AppendDone } from '../stored-listeners.js'
import { AppendPipeline, type PipelineOptions } from './append-pipeline.js'
import { MessageTexts, type Term } from './event-message.js'
import { MessageWriter } from './message-writer.js'
import type { Subjects } from './subjects.js'

interface Append {
  lastSeq: number
  bytes: number
  /** Time of the call, ms. */
  at: number
  done: AppendDone
}

export interface AppendsOptions extends Omit<PipelineOptions, 'stored' | 'over'> {
  epoch: string
  subjects: Subjects
  typeOf: Term['typeOf']
  typeOfBytes?: Term['typeOfBytes']
  /** Called once, when nothing more can be appended. */
  over(error: TocsinError): void
}

/** The appends of one term of a primary: batches become messages, and are done when they are stored and delivered. */
export class Appends {
  readonly term: number
  /** Bytes of frames that are not acknowledged. */
  pendingBytes = 0
  /** Time from the last call that is done until then, µs. */
  flushMicros = 0
  readonly #options: AppendsOptions
  readonly #pipeline: AppendPipeline
  readonly #writer: MessageWriter
  readonly #open: Append[] = []
  readonly #durable: { seq: number; resolve(): void; reject(error: TocsinError): void }[] = []
  #stored: number
  #delivered: number
  /** The last place at which a message was delivered that is not of this term. */
  #foreign = 0
  #error: TocsinError | undefined

  constructor(options: AppendsOptions) {
    this.#options = options
    this.term = options.term
    this.#stored = this.#delivered = options.next - 1
    const { epoch, subjects, typeOf, typeOfBytes, link } = options
    const term = { epoch, number: this.term, texts: new MessageTexts(subjects), typeOf, typeOfBytes }
    this.#writer = new MessageWriter(term, () => link.maxPayload)
    this.#pipeline = new AppendPipeline({
      ...options,
      stored: (place) => {
        this.#stored = place
        this.#settle()
      },
      over: (error) => this.#fail(error),
    })
  }

  /** Refuses the whole batch, or appends all of it. */
  append(batch: FrameBatch, done: AppendDone): void {
    if (this.#pipeline.next <= this.#foreign) this.end(new TocsinError('TCN_LOG_TERM_OVER'))
    const run = this.#error ?? this.#refused(batch.bytes) ?? this.#encode(batch)
    if (run instanceof TocsinError) {
      done(run, this.#delivered)
      return
    }
    const at = this.#options.link.runtime.monotonic()
    const bytes = batch.bytes.length
    this.pendingBytes += bytes
    // Before the first message is appended, which may end the term.
    this.#open.push({ lastSeq: this.#pipeline.next + run.ends.length - 1, bytes, at, done })
    this.#pipeline.append(run)
  }

  /** Called when a message of another term was delivered from a place where only messages of this term may be. */
  foreign(seq: number): void {
    this.#foreign = seq
    // The server takes what names the place after it: that one is stored does not say that those before it are.
    if (seq < this.#pipeline.next) this.end(new TocsinError('TCN_LOG_TERM_OVER'))
  }

  /** Says that everything up to this seq was handed to the listeners. */
  delivered(seq: number): void {
    this.#delivered = seq
    this.#settle()
  }

  durable(seq: number): Promise<void> {
    if (seq <= this.#settled) return Promise.resolve()
    if (this.#error !== undefined) return Promise.reject(this.#error)
    return new Promise((resolve, reject) => this.#durable.push({ seq, resolve, reject }))
  }

  /** Resolves when nothing is waiting, or when waiting is of no use. */
  async drained(): Promise<void> {
    const last = this.#pipeline.next - 1
    if (this.#error === undefined) await this.durable(last).catch(() => undefined)
  }

  end(error: TocsinError): void {
    this.#pipeline.end(error)
  }

  #refused(bytes: Uint8Array): TocsinError | undefined {
    for (let at = 0; at < bytes.length; ) {
      const length = at + HEADER_BYTES <= bytes.length ? frameBytes(bytes, at) : Number.POSITIVE_INFINITY
      at += length
      if (length < HEADER_BYTES || at > bytes.length)
        return new TocsinError('TCN_FRAME_LENGTH', 'the batch ends within a frame')
    }
    return undefined
  }

  #encode(batch: FrameBatch) {
    const { next: first } = this.#pipeline
    return this.#writer.write(batch, {
      first,
      replyOf: (place, isLast) => this.#pipeline.replyOf(place, isLast),
    })
  }

  /** Everything up to here is stored, and a reader has found nothing else at its places. */
  get #settled(): number {
    return Math.min(this.#stored, this.#delivered)
  }

  #settle(): void {
    const settled = this.#settled
    let count = 0
    while (count < this.#open.length && this.#open[count].lastSeq <= settled) count++
    const settledAppends = count === 0 ? [] : this.#open.splice(0, count)
    for (const { done, lastSeq, bytes } of settledAppends) {
      this.pendingBytes -= bytes
      done(undefined, lastSeq)
    }
    const { at } = settledAppends.at(-1) ?? {}
    if (at !== undefined) this.flushMicros = Math.round((this.#options.link.runtime.monotonic() - at) * 1000)
    for (let at = this.#durable.length - 1; at >= 0; at--)
      if (this.#durable[at].seq <= settled) this.#durable.splice(at, 1)[0].resolve()
  }

  #fail(error: TocsinError): void {
    this.#error = error
    this.pendingBytes = 0
    for (const { done } of this.#open.splice(0)) done(error, this.#delivered)
    for (const { reject } of this.#durable.splice(0)) reject(error)
    this.#options.over(error)
  }
}
