import { TocsinError } from '../../errors/tocsin-error.js'
import { bodyStart, frameBytes, frameSeq, frameTime } from '../../event/frame.js'
import { JetStreamApi } from '../../storage/nats/jetstream-api.js'
import type { NatsLink } from '../../storage/nats/link.js'
import { toNatsError } from '../../storage/nats/nats-error.js'
import { NatsFault, Refusal } from '../../storage/nats/nats-fault.js'
import type { ChunkSummary, EventLog, FrameBatch, ProducerRange, SeqRange } from '../event-log.js'
import { AppendPipeline } from './append-pipeline.js'
import { appendBarrier } from './barrier.js'
import { type Origin, originLine, originOf, withOwnTime } from './copied-event.js'
import { headerOf, MessageTexts, producerLines } from './event-message.js'
import { epochOf, type LogStream, openLogStream } from './log-stream.js'
import { type OutgoingMessage, runOf } from './message-writer.js'
import { Subjects } from './subjects.js'

/** Messages that wait for their acknowledgement, in windows of the stream. */
const WINDOWS = 4
const DEADLINE_MS = 60_000
const none: ProducerRange[] = []

export interface CopyTarget {
  link: NatsLink
  stream: string
  prefix: string
  replicas: number
  window: number
  typeOf(tag: string): string
}

export interface CopyOptions {
  /** Only looks: nothing is created or stored. */
  dryRun?: boolean
  signal?: AbortSignal
  /** Returns whether it is known that nobody else appends. Asked before each message. */
  mayAppend?(): boolean
  /** Called with what is stored, or would be, again and again. */
  progress?(report: CopyReport): void
}

export interface CopyReport {
  /** The first event that was left to be copied, and the last one, by their numbers in the log. */
  from: number
  to: number
  /** Events that are stored now, or would be. */
  events: number
  /** Bytes of the messages of those events. */
  bytes: number
  /** Ranges of the log between the two of which events were lost in damage. A stream has no place for them. */
  lost: SeqRange[]
  /** Events that are larger than NATS takes. Only a dry run gets past one. */
  tooLarge: number
  /** The first of them. */
  firstTooLarge?: number
}

/**
 * Copies the events of a log into a stream that is empty, or an earlier copy of the same log, which it continues. The
 * order stays; numbers and times are new, and the old ones are kept as attributes. No hub may use the stream meanwhile.
 * Rejects with TCN_LOG_COPY_TARGET if the stream has anything else.
 */
export async function copyLog(
  log: EventLog,
  target: CopyTarget,
  options: CopyOptions = {},
): Promise<CopyReport> {
  const api = new JetStreamApi(target.link)
  try {
    return await (options.dryRun ? look(log, target, options, api) : copy(log, target, options, api))
  } catch (thrown) {
    throw toNatsError(thrown)
  }
}

async function look(
  log: EventLog,
  target: CopyTarget,
  options: CopyOptions,
  api: JetStreamApi,
): Promise<CopyReport> {
  const from = await nextToCopy(log, target, api)
  const report = newReport(log, from)
  const outgoing = new Outgoing(log, target, { term: 1, epoch: log.epoch })
  for await (const { message, seq } of outgoing.from(from, options.signal)) {
    const bytes = sizeOf(message)
    if (bytes > target.link.maxPayload) {
      report.tooLarge++
      report.firstTooLarge ??= seq
    }
    report.events++
    report.bytes += bytes
    options.progress?.(report)
  }
  return report
}

async function copy(
  log: EventLog,
  target: CopyTarget,
  options: CopyOptions,
  api: JetStreamApi,
): Promise<CopyReport> {
  const { link, stream, replicas, window } = target
  await nextToCopy(log, target, api)
  const subjects = new Subjects(target.prefix)
  const found = await openLogStream(api, { name: stream, subjects, replicas, window })
  const { created } = found
  const mayAppend = () => !options.signal?.aborted && (options.mayAppend?.() ?? true)
  // A copy that was killed may have messages on the way: what is stored is known only after a barrier.
  const fence = await appendBarrier({
    ...{ link, api, stream, created, subjects, mayAppend },
    window: found.window,
    owner: `copy of ${log.epoch}`,
  })
  const from = await nextToCopy(log, target, api)
  const appender = new Appender(target, found, { term: fence.first, next: fence.last + 1, mayAppend })
  try {
    const report = newReport(log, from)
    const outgoing = new Outgoing(log, target, { term: fence.first, epoch: epochOf(found), next: appender })
    for await (const { message, seq } of outgoing.from(from, options.signal)) {
      if (sizeOf(message) > link.maxPayload) {
        await appender.drained()
        throw tooLarge(seq, sizeOf(message), link.maxPayload)
      }
      await appender.append(message)
      Object.assign(report, appender.stored)
      options.progress?.(report)
    }
    await appender.drained()
    return Object.assign(report, appender.stored)
  } finally {
    appender.end()
  }
}

/** Resolves with the first event that the stream does not have. */
async function nextToCopy(log: EventLog, { stream, prefix }: CopyTarget, api: JetStreamApi): Promise<number> {
  const subject = new Subjects(prefix).events
  const last = await api.message(stream, { last_by_subj: subject }).catch((thrown) => {
    if (!NatsFault.is(thrown, Refusal.noStream)) throw thrown
    return undefined
  })
  if (last === undefined) return log.first
  const origin = originOf(last.header)
  if (origin === undefined) throw wrongTarget(stream, `@${last.seq} was not copied`)
  if (origin.epoch !== log.epoch) throw wrongTarget(stream, `it is a copy of the log ${origin.epoch}`)
  return origin.seq + 1
}

interface Numbering {
  term: number
  epoch: string
  /** Gives the place of the next message. */
  next?: { readonly next: number }
}

/** Turns the events of a log into messages. */
class Outgoing {
  readonly #log: EventLog
  readonly #texts: MessageTexts
  readonly #typeOf: CopyTarget['typeOf']
  readonly #numbering: Numbering

  constructor(log: EventLog, { prefix, typeOf }: CopyTarget, numbering: Numbering) {
    this.#log = log
    this.#texts = new MessageTexts(new Subjects(prefix))
    this.#typeOf = typeOf
    this.#numbering = numbering
  }

  async *from(seq: number, signal?: AbortSignal): AsyncIterable<{ message: OutgoingMessage; seq: number }> {
    const counters = new Counters(this.#log, seq)
    for await (const batch of this.#log.read(seq, { signal })) {
      for (const at of startsOf(batch)) {
        const place = frameSeq(batch.bytes, at)
        yield {
          message: this.#messageOf(batch, at, counters.isBefore(place) ? none : await counters.upTo(place)),
          seq: place,
        }
      }
      batch.release?.()
    }
  }

  #messageOf({ bytes }: FrameBatch, at: number, producers: ProducerRange[]): OutgoingMessage {
    const { term: number, epoch, next } = this.#numbering
    const origin: Origin = { epoch: this.#log.epoch, seq: frameSeq(bytes, at) }
    const lines = originLine(origin, frameTime(bytes, at))
    const term = { epoch, number, texts: this.#texts, typeOf: this.#typeOf, lines }
    const frame = withOwnTime(bytes, at, origin.epoch)
    const message = headerOf(frame, 0, next?.next ?? 1, producerLines(producers), term)
    return { ...message, payload: frame.subarray(bodyStart(frame, 0)) }
  }
}

type ChunkCounters = Pick<ChunkSummary, 'lastSeq' | 'producers'>

/** The counters of producers, which a log has for each of its chunks, and a stream with the last event of each chunk. */
class Counters {
  readonly #summaries: AsyncIterator<ChunkCounters> | undefined
  #chunk: ChunkCounters | undefined
  #isWhole = false

  constructor(log: EventLog, from: number) {
    this.#summaries = log.summaries?.(from, log.last)[Symbol.asyncIterator]()
  }

  /** Returns whether no chunk ends up to here, as for most events. */
  isBefore(seq: number): boolean {
    return this.#isWhole || (this.#chunk !== undefined && this.#chunk.lastSeq > seq)
  }

  /** Resolves with those of the chunks that end with this event, or before it. */
  async upTo(seq: number): Promise<ProducerRange[]> {
    const found: ProducerRange[] = []
    while (!this.#isWhole) {
      if (this.#chunk === undefined) await this.#read()
      if (this.#chunk === undefined || this.#chunk.lastSeq > seq) break
      found.push(...this.#chunk.producers)
      this.#chunk = undefined
    }
    return found
  }

  async #read(): Promise<void> {
    const next = await this.#summaries?.next()
    this.#isWhole = next === undefined || next.done === true
    this.#chunk = next?.value
  }
}

/** Appends messages one after another, some of them at the same time. */
class Appender {
  /** Events and bytes of messages that are known to be stored. */
  readonly stored = { events: 0, bytes: 0 }
  readonly #pipeline: AppendPipeline
  readonly #sizes: number[] = []
  readonly #most: number
  #error: TocsinError | undefined
  #moved: () => void = () => undefined

  constructor(
    target: CopyTarget,
    { created, window }: LogStream,
    term: { term: number; next: number; mayAppend(): boolean },
  ) {
    const { link, stream } = target
    this.#most = WINDOWS * window
    this.#pipeline = new AppendPipeline({
      ...{ link, stream, created, window, ...term },
      api: new JetStreamApi(link),
      deadlineMs: DEADLINE_MS,
      stored: (place) => this.#markStored(place - term.next + 1),
      over: (error) => {
        this.#error ??= error
        this.#moved()
      },
    })
  }

  get next(): number {
    return this.#pipeline.next
  }

  async append(message: OutgoingMessage): Promise<void> {
    await this.#until(() => this.#sizes.length < this.#most)
    this.#sizes.push(sizeOf(message))
    this.#pipeline.append(runOf(message, this.#pipeline.replyOf(this.next, true)))
  }

  drained(): Promise<void> {
    return this.#until(() => this.#sizes.length === 0)
  }

  end(): void {
    this.#pipeline.end(new TocsinError('TCN_LOG_CLOSED'))
  }

  #markStored(events: number): void {
    for (const bytes of this.#sizes.splice(0, events - this.stored.events)) this.stored.bytes += bytes
    this.stored.events = events
    this.#moved()
  }

  async #until(condition: () => boolean): Promise<void> {
    while (this.#error === undefined && !condition())
      await new Promise<void>((resolve) => (this.#moved = resolve))
    if (this.#error !== undefined) throw this.#error
  }
}

function* startsOf({ bytes }: FrameBatch): Iterable<number> {
  for (let at = 0; at < bytes.length; at += frameBytes(bytes, at)) yield at
}

function sizeOf({ header, payload }: OutgoingMessage): number {
  return header.length + payload.length
}

function newReport(log: EventLog, from: number): CopyReport {
  const lost = log.lost.filter(({ damaged, to }) => damaged && to >= from && to > 0)
  const ranges = lost.map((range) => ({ from: Math.max(range.from, from), to: range.to }))
  return { from, to: log.last, events: 0, bytes: 0, lost: ranges, tooLarge: 0 }
}

function wrongTarget(stream: string, reason: string): TocsinError {
  return new TocsinError('TCN_LOG_COPY_TARGET', `stream ${stream}: ${reason}`, { details: { stream } })
}

function tooLarge(seq: number, bytes: number, limit: number): TocsinError {
  return new TocsinError(
    'TCN_NATS_PAYLOAD',
    `@${seq} has ${bytes} bytes with its header; NATS takes ${limit}`,
    {
      details: { seq, bytes, limit },
    },
  )
}
