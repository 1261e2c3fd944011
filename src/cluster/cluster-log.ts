import type { PlacedBatch } from '../bus/placed-batch.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { frameBytes, frameSeq, setFrameSeq } from '../event/frame.js'
import { type Runtime, withTimeout } from '../event/runtime.js'
import type {
  CompactionReport,
  EventLog,
  FrameBatch,
  LogStats,
  ProducerRange,
  Retention,
} from '../log/event-log.js'
import { isFinalRefusal } from '../log/final-refusal.js'
import type { JetStreamLog } from '../log/jetstream/jetstream-log.js'
import { type AppendDone, ListenerList } from '../log/stored-listeners.js'
import { type AppendOutcome, ownKey } from './append/append-entry.js'
import type { AppendQueue } from './append/append-queue.js'
import { placeOf, type StoredEvent } from './append/stored-place.js'

/** Frames of one entry, bytes, unless one frame has more. */
const ENTRY_BYTES = 256 * 1024
/** Age of an event that waits, or time without a primary, after which the hub says that it cannot store events, ms. */
const FAULT_AFTER_MS = 5000
/** Time that a reader waits for events that this hub does not have yet, ms. */
const CATCH_UP_MS = 3000
/** The part of it in which a majority of the servers must answer, ms. */
const HEARD_MS = 1500

export interface ClusterLogOptions {
  /** Id of this hub, another one for each start. */
  hub: string
  runtime: Runtime
  /** Resolves when a majority of the servers has stored something that this hub has sent after the call. */
  heard(): Promise<void>
}

/**
 * The log of a hub that shares it: reads from the stream, and appends through whichever hub is the primary. What is
 * appended is done when the primary has stored it and the stream has brought it here.
 */
export class ClusterLog implements EventLog {
  readonly capabilities = { durable: true, shared: true }
  readonly #log: JetStreamLog
  readonly #queue: AppendQueue
  readonly #listeners = new ListenerList()
  readonly #key: string
  /** Outcomes whose events the stream has not brought yet, in order. */
  readonly #stored: Stored[] = []
  #counter = 0
  readonly #runtime: Runtime
  readonly #heard: ClusterLogOptions['heard']
  #look: Promise<number | undefined> = Promise.resolve(undefined)
  /** The look at the stream that has not begun. */
  #nextLook: Promise<number | undefined> | undefined

  constructor(log: JetStreamLog, queue: AppendQueue, { hub, runtime, heard }: ClusterLogOptions) {
    this.#log = log
    this.#queue = queue
    this.#runtime = runtime
    this.#heard = heard
    this.#key = ownKey(hub)
    log.onStored((batch) => {
      this.#listeners.hand(batch)
      this.#settle()
    })
  }

  get epoch(): string {
    return this.#log.epoch
  }

  get first(): number {
    return this.#log.first
  }

  get last(): number {
    return this.#log.last
  }

  get flushed(): number {
    return this.#log.flushed
  }

  get largestFrame(): number {
    return this.#log.largestFrame
  }

  get lost(): EventLog['lost'] {
    return this.#log.lost
  }

  get damage(): EventLog['damage'] {
    return this.#log.damage
  }

  get stats(): LogStats {
    const { unflushedBytes, ...stats } = this.#log.stats
    const { age, bytes, idle } = this.#queue
    const reason = age >= FAULT_AFTER_MS ? hasWaited(age) : idle >= FAULT_AFTER_MS ? hasNone(idle) : undefined
    // Also while nothing waits, since what comes next would have to.
    const fault = reason ? this.#queue.refusal(reason) : this.#queue.obstacle
    return { ...stats, unflushedBytes: Math.max(unflushedBytes, bytes), ...(fault && { fault }) }
  }

  append({ bytes, count, producers, patient, needsSeq = false }: PlacedBatch, done: AppendDone): void {
    const parts = this.#queue.isFull ? 'full' : partsOf(bytes, this.#queue.largest)
    if (parts === 'full') done(this.#queue.refusal('too many events wait'), this.last)
    else if (parts === 'large') done(new TocsinError('TCN_NATS_PAYLOAD'), this.last)
    else {
      const copy = Buffer.from(bytes)
      const range = producers?.length === 1 ? producers[0] : this.#number(copy, count)
      this.#add(copy, parts, { range, expires: patient !== true, needsSeq }, done)
    }
  }

  /** Events that somebody else may store too: everything that is stored here, in order. */
  onStored(listener: (batch: FrameBatch) => void): () => void {
    return this.#listeners.add(listener)
  }

  onDamage(listener: Parameters<JetStreamLog['onDamage']>[0]): void {
    this.#log.onDamage(listener)
  }

  /** When a write has ended, a majority of the servers has stored it. */
  async durable(seq: number): Promise<void> {
    if (seq > this.last) await this.settled()
  }

  async settled(): Promise<void> {
    await this.#queue.settled()
  }

  /** One look at the stream is under way at a time, and all that ask meanwhile share the next one. */
  caughtUp(): Promise<number | undefined> {
    this.#nextLook ??= this.#look
      .catch(() => undefined)
      .then(() => {
        this.#nextLook = undefined
        this.#look = this.#catchUp()
        return this.#look
      })
    return this.#nextLook
  }

  async #catchUp(): Promise<number | undefined> {
    try {
      // A server that is apart from the others says for a while that the stream ends with what it has.
      await withTimeout(this.#runtime, HEARD_MS, this.#heard())
      return await withTimeout(this.#runtime, CATCH_UP_MS - HEARD_MS, this.#log.caughtUp())
    } catch (thrown) {
      throw new TocsinError('TCN_CLUSTER_BEHIND', undefined, { cause: thrown })
    }
  }

  read(...given: Parameters<JetStreamLog['read']>): ReturnType<JetStreamLog['read']> {
    return this.#log.read(...given)
  }

  seek(timeMicros: number): Promise<number> {
    return this.#log.seek(timeMicros)
  }

  counters(from: number): ReturnType<JetStreamLog['counters']> {
    return this.#log.counters(from)
  }

  compact(policy: Retention, cause?: CompactionReport['cause']): Promise<CompactionReport> {
    return this.#log.compact(policy, cause)
  }

  async close(): Promise<void> {
    this.#queue.close()
    await this.#log.close()
    this.#settle(Number.POSITIVE_INFINITY)
  }

  /** Settles what the stream has brought up to `last`. */
  #settle(last = this.last): void {
    let count = 0
    while (count < this.#stored.length && this.#stored[count].awaited <= last) count++
    for (const { settle } of this.#stored.splice(0, count)) settle()
  }

  /** Everything that waits for the stream was stored in one that is gone. */
  replaced(): void {
    this.#settle(Number.POSITIVE_INFINITY)
  }

  /** Gives frames counters of this hub, by which they are recognised when they are sent again. */
  #number(frames: Buffer, count: number): ProducerRange {
    const first = this.#counter + 1
    for (let at = 0; at < frames.length; at += frameBytes(frames, at))
      setFrameSeq(frames, at, ++this.#counter)
    return { key: this.#key, first, last: this.#counter, count }
  }

  #add(
    bytes: Buffer,
    parts: readonly Part[],
    { range, expires, needsSeq }: { range: ProducerRange; expires: boolean; needsSeq: boolean },
    done: AppendDone,
  ): void {
    let outcome: AppendOutcome | undefined
    let left = parts.length
    const after = this.last
    for (const { start, end, count } of parts) {
      const frames = bytes.subarray(start, end)
      const producer = parts.length === 1 ? range : rangeOf(frames, count, range)
      this.#queue.add(frames, producer, expires, (next) => {
        outcome = outcome === undefined ? next : joined(outcome, next, count)
        if (--left > 0) return
        const { error, seq, run } = outcome
        const isRepeated = error !== undefined && !isFinalRefusal(error) && range.key !== this.#key
        // Until its publisher knows, it publishes more, and a later counter would let this one pass for stored.
        if (isRepeated) return done(error, this.last, run)
        const stored: Stored = {
          seq,
          awaited: seq,
          settle: () => done(error, error === undefined ? stored.seq : this.last, run),
        }
        this.#stored.push(stored)
        if (needsSeq && error === undefined && seq === 0)
          void this.#find(stored, { producer: range, frame: lastFrameOf(bytes), after })
        this.#settle()
      })
    }
  }

  /** Finds the seq of what was stored before: the answer of the primary then was lost. */
  async #find(stored: Stored, event: StoredEvent): Promise<void> {
    stored.awaited = Number.POSITIVE_INFINITY
    let isOver = false
    const found = this.#log.caughtUp().then(() => placeOf(this.#log, event, () => isOver))
    stored.seq = await withTimeout(this.#runtime, CATCH_UP_MS, found).catch(() => 0)
    isOver = true
    stored.awaited = stored.seq
    this.#settle()
  }
}

/** An event of which the outcome is known. */
interface Stored {
  /** 0 if it was stored before. */
  seq: number
  /** The outcome waits until the stream has brought this one. */
  awaited: number
  settle(): void
}

interface Part {
  start: number
  end: number
  count: number
}

/** Cuts a batch where it is too long for one message. */
function partsOf(bytes: Uint8Array, largest: number): Part[] | 'large' {
  const parts: Part[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = frameBytes(bytes, at)
    if (length > largest) return 'large'
    const part = parts.at(-1)
    if (part !== undefined && at + length - part.start <= ENTRY_BYTES) {
      part.end = at + length
      part.count++
    } else parts.push({ start: at, end: at + length, count: 1 })
    at += length
  }
  return parts
}

function lastFrameOf(bytes: Uint8Array): Uint8Array {
  let last = 0
  for (let at = 0; at < bytes.length; at += frameBytes(bytes, at)) last = at
  return bytes.subarray(last)
}

/** The range of a part, whose frames have counters of their own. */
function rangeOf(frames: Uint8Array, count: number, { key, first, refused }: ProducerRange): ProducerRange {
  let last = 0
  for (let at = 0; at < frames.length; at += frameBytes(frames, at)) last = frameSeq(frames, at)
  const range = { key, first: frameSeq(frames, 0), last, count }
  return refused === undefined || range.first > first ? range : { ...range, refused }
}

/** The outcome of two parts, of which the second has `count` frames. */
function joined(before: AppendOutcome, after: AppendOutcome, count: number): AppendOutcome {
  const error = jointError(before.error, after.error)
  const continues = after.run === count && before.seq === after.seq - count
  return { ...after, error, run: continues ? before.run + count : after.run }
}

/** Where only a part is refused for good, the other may be stored: the batch is to be sent again. */
function jointError(one: TocsinError | undefined, other: TocsinError | undefined): TocsinError | undefined {
  if (one === undefined && other === undefined) return undefined
  const ofTheMoment = [one, other].find((error) => error !== undefined && !isFinalRefusal(error))
  return ofTheMoment ?? (one && other) ?? new TocsinError('TCN_LOG_TERM_OVER')
}

function hasWaited(age: number): string {
  return `the first event that waits has waited for ${Math.round(age / 1000)} s`
}

function hasNone(idle: number): string {
  return `this hub has known of no primary for ${Math.round(idle / 1000)} s`
}
