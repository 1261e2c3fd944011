import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { type Cancel, endedInTime, type Runtime } from '../../event/runtime.js'
import { toNatsError } from '../../storage/nats/nats-error.js'
import { answeredInTime } from '../../storage/nats/persist.js'
import { stopTime } from '../../storage/nats/stop-time.js'
import { ChangeFeed } from '../change-feed.js'
import { checkKey, checkPrefix, checkValue, conflict } from '../entry-table.js'
import { KeyTurns } from '../key-turns.js'
import type { Bucket, StateChange, StateEntry } from '../state-store.js'
import { BucketIndex, type IndexedEntry } from './bucket-index.js'
import { type BucketRecord, BucketStream, type BucketStreamOptions } from './bucket-stream.js'

/** Entries read at the same time. */
const PAGE = 64
const MIN_SWEEP_MS = 1000
const MAX_SWEEP_MS = 10 * 60_000
/** Time that a key stays marked as deleted, for hubs that were cut off, µs. */
const MARKED = 3600 * 1e6
/** After a cut of this length, µs, marks may be gone that this hub has not seen. */
const LONG_CUT = MARKED / 2

export interface JetStreamBucketOptions
  extends Omit<BucketStreamOptions, 'known' | 'received' | 'compared' | 'replaced'> {
  /** The clock of entries with a time to live. */
  runtime: Runtime
  maxValueBytes: number
  /** ms */
  timeToLive: number | undefined
}

/**
 * A bucket that all hubs share. Keys and revisions are in memory, values in the stream. A write that depends on a
 * revision names the last position of the whole bucket, since servers before 2.10 accept two that name the last one of
 * the same key.
 */
export class JetStreamBucket implements Bucket {
  readonly #options: JetStreamBucketOptions
  readonly #stream: BucketStream
  readonly #turns = new KeyTurns()
  readonly #feed = new ChangeFeed()
  readonly #damaged = new Map<string, string>()
  #index = new BucketIndex()
  /** Keys that are marked as deleted. */
  #marks = new Map<string, IndexedEntry>()
  /** While the stream is read from its beginning again: the keys known before, with their revisions. */
  #before: Map<string, number> | undefined
  #opening: Promise<void> | undefined
  #isOpen = false
  /** When the server has last answered, µs. */
  #heard: number
  #cancelSweep: Cancel = () => undefined
  #isClosed = false

  constructor(options: JetStreamBucketOptions) {
    this.#options = options
    this.#heard = options.runtime.now()
    this.#stream = new BucketStream({
      ...options,
      known: (key) => this.#revisionOf(this.#index.get(key)) || undefined,
      received: (record) => this.#receive(record),
      compared: () => this.#hear(),
      replaced: () => this.#restart('another'),
    })
    this.#open().catch(() => undefined)
    this.#sweepLater()
  }

  get damaged(): ReadonlyMap<string, string> {
    return this.#damaged
  }

  reportDamage(key: string, why: unknown): void {
    if (!this.#damaged.has(key)) this.#damaged.set(key, messageOf(why))
  }

  async get(key: string): Promise<StateEntry | undefined> {
    this.#checkOpen()
    checkKey(key)
    return this.#asked(async () => this.#entryOf(await this.#stream.newest(key)))
  }

  async put(key: string, value: Uint8Array): Promise<number> {
    const copy = this.#checked(key, value)
    return this.#inTurn(key, async () => (await this.#stream.write(key, copy, this.#options.runtime.now()))!)
  }

  async putAll(entries: readonly (readonly [key: string, value: Uint8Array])[]): Promise<void> {
    const copies = entries.map(([key, value]) => [key, this.#checked(key, value)] as const)
    const keys = copies.map(([key]) => key)
    const write = async () => {
      for (const [key, copy] of copies) await this.#stream.write(key, copy, this.#options.runtime.now())
    }
    await this.#turns.runAll(keys, () => this.#asked(write))
  }

  async compareAndSet(key: string, value: Uint8Array, revision: number): Promise<number> {
    const copy = this.#checked(key, value)
    return this.#inTurn(key, () => this.#writeIf(key, copy, revision))
  }

  async delete(key: string): Promise<void> {
    this.#checkOpen()
    checkKey(key)
    await this.#inTurn(key, async () => {
      const newest = await this.#stream.newest(key)
      if (newest !== undefined && !newest.isDeleted)
        await this.#stream.write(key, undefined, this.#options.runtime.now())
    })
  }

  async *list(prefix = '', after?: string): AsyncIterable<StateEntry> {
    checkPrefix(prefix)
    for (let last = after; ; ) {
      this.#checkOpen()
      await this.#asked(async () => undefined)
      const keys = this.#index.keys(prefix, last, PAGE)
      const entries = await Promise.all(keys.map((key) => this.get(key)))
      for (const entry of entries) if (entry !== undefined) yield entry
      if (keys.length < PAGE) return
      last = keys.at(-1)
    }
  }

  watch(prefix: string, listener: (change: StateChange) => void): () => void {
    this.#checkOpen()
    checkPrefix(prefix)
    return this.#feed.watch(prefix, listener)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#cancelSweep()
    const { runtime, link } = this.#options
    await endedInTime(runtime, this.#turns.ended(), stopTime(link))
    this.#stream.close()
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new TocsinError('TCN_STATE_CLOSED')
  }

  #checked(key: string, value: Uint8Array): Uint8Array {
    this.#checkOpen()
    checkKey(key)
    checkValue(value, this.#options.maxValueBytes)
    return Uint8Array.prototype.slice.call(value)
  }

  #inTurn<Result>(key: string, write: () => Promise<Result>): Promise<Result> {
    return this.#turns.run(key, () => this.#asked(write))
  }

  async #asked<Result>(ask: () => Promise<Result>): Promise<Result> {
    try {
      // Servers that are silent after the stream was found would keep everybody waiting who needs what is in it.
      if (!this.#isOpen)
        await answeredInTime(this.#options.runtime, this.#open(), () => this.#stream.position)
      return await ask()
    } catch (thrown) {
      throw toNatsError(thrown)
    }
  }

  /** Opens the stream; after a failure, the next call tries again. */
  #open(): Promise<void> {
    if (this.#opening !== undefined) return this.#opening
    const opening: Promise<void> = this.#stream.open().then(
      () => {
        if (this.#opening !== opening || this.#isClosed) return
        this.#isOpen = true
        this.#announceGone()
      },
      (thrown) => {
        if (this.#opening === opening) this.#opening = undefined
        throw thrown
      },
    )
    this.#opening = opening
    return opening
  }

  #hear(): void {
    const now = this.#options.runtime.now()
    const silence = now - this.#heard
    this.#heard = now
    if (silence > LONG_CUT) this.#restart('same')
  }

  /** Reads the stream from its beginning, and announces what has become of each entry meanwhile. */
  #restart(stream: 'same' | 'another'): void {
    this.#before ??= new Map()
    for (const key of this.#index.keys('', undefined, Number.POSITIVE_INFINITY))
      this.#before.set(key, stream === 'same' ? (this.#index.get(key)?.revision ?? 0) : 0)
    this.#index = new BucketIndex()
    this.#marks = new Map()
    this.#opening = undefined
    this.#isOpen = false
    if (!this.#isClosed) this.#open().catch(() => undefined)
  }

  #announceGone(): void {
    const { position: revision } = this.#stream
    for (const key of this.#before?.keys() ?? [])
      if (this.#index.get(key) === undefined) this.#feed.announce({ type: 'delete', key, revision })(true)
    this.#before = undefined
  }

  #receive({ key, value, revision, written, isDeleted }: BucketRecord): void {
    this.#damaged.delete(key)
    const known = this.#index.get(key)?.revision ?? this.#before?.get(key)
    if (isDeleted) {
      this.#index.remove(key)
      this.#before?.delete(key)
      this.#marks.set(key, { revision, written })
    } else {
      this.#index.set(key, { revision, written })
      this.#marks.delete(key)
    }
    const isNews = this.#before === undefined ? revision > this.#stream.startedAt : known !== revision
    if (!isNews || (isDeleted && known === undefined)) return
    this.#feed.announce(
      isDeleted ? { type: 'delete', key, revision } : { type: 'put', key, value, revision },
    )(true)
  }

  /** Writes or deletes if the entry is at this revision (0: if there is none). */
  async #writeIf(key: string, value: Uint8Array | undefined, revision: number): Promise<number> {
    for (;;) {
      const position = this.#stream.position
      const known = this.#index.get(key)
      if (this.#revisionOf(known) !== revision) {
        const newest = this.#entryOf(await this.#stream.newest(key))
        const actual = newest?.revision ?? 0
        if (actual !== revision) throw conflict(key, revision, actual)
        await this.#stream.catchUp()
        continue
      }
      const stored = await this.#stream.write(key, value, this.#options.runtime.now(), position)
      if (stored !== undefined) return stored
      await this.#stream.catchUp()
    }
  }

  #revisionOf(known: IndexedEntry | undefined): number {
    return known === undefined || this.#isExpired(known) ? 0 : known.revision
  }

  #entryOf(record: BucketRecord | undefined): StateEntry | undefined {
    if (record === undefined || record.isDeleted || this.#isExpired(record)) return undefined
    const { key, value, revision } = record
    return { key, value, revision }
  }

  #isExpired({ written }: { written: number }): boolean {
    const { timeToLive = Number.POSITIVE_INFINITY, runtime } = this.#options
    return runtime.now() - written >= timeToLive * 1000
  }

  #sweepLater(): void {
    const { timeToLive = MAX_SWEEP_MS, runtime } = this.#options
    const pause = Math.min(Math.max(timeToLive / 2, MIN_SWEEP_MS), MAX_SWEEP_MS)
    this.#cancelSweep = runtime.after(pause, () => void this.#sweep())
  }

  /** Removes expired entries and old marks. Several hubs may do so at the same time. */
  async #sweep(): Promise<void> {
    try {
      await this.#open()
      for (const key of this.#index.keys('', undefined, Number.POSITIVE_INFINITY))
        await this.#removeExpired(key)
      await this.#removeMarks()
    } catch {
      // An entry that could not be removed is expired anyway, and the next sweep tries again.
    }
    if (!this.#isClosed) this.#sweepLater()
  }

  async #removeExpired(key: string): Promise<void> {
    const entry = this.#index.get(key)
    if (entry === undefined || !this.#isExpired(entry) || this.#isClosed) return
    // To the others an expired entry does not exist, which is what it is compared with.
    await this.#inTurn(key, () => this.#writeIf(key, undefined, 0))
  }

  async #removeMarks(): Promise<void> {
    const oldest = this.#options.runtime.now() - MARKED
    for (const [key, { revision, written }] of this.#marks) {
      // The last record tells hubs that start where the bucket ends.
      if (written > oldest || revision === this.#stream.position || this.#isClosed) continue
      await this.#stream.forget(key, revision)
      this.#marks.delete(key)
    }
  }
}
