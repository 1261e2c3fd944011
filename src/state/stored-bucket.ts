import { messageOf } from '../errors/thrown.js'
import { TocsinError, toTocsinError } from '../errors/tocsin-error.js'
import { type Cancel, nextTurn, type Runtime } from '../event/runtime.js'
import { ChangeFeed } from './change-feed.js'
import {
  checkKey,
  checkPrefix,
  checkValue,
  compareKeys,
  conflict,
  type EntryTable,
  type StoredEntry,
} from './entry-table.js'
import { KeyTurns } from './key-turns.js'
import type { Bucket, BucketOptions, StateChange, StateEntry } from './state-store.js'

/** Keys fetched at once; the event loop turns between two fetches. */
const PAGE = 256
const MIN_SWEEP_MS = 1000
const MAX_SWEEP_MS = 10 * 60_000

/** A bucket on top of an engine's table: checks, revisions, watchers and time to live. */
export class StoredBucket implements Bucket {
  readonly #table: EntryTable
  readonly #runtime: Runtime
  readonly #maxValueBytes: number
  readonly #feed = new ChangeFeed()
  readonly #turns = new KeyTurns()
  readonly #damaged = new Map<string, string>()
  readonly #foundDamaged: (key: string, reason: string) => void
  #revision: number
  #timeToLive = Number.POSITIVE_INFINITY
  #cancelSweep: Cancel | undefined
  #closed = false

  constructor(
    table: EntryTable,
    runtime: Runtime,
    maxValueBytes: number,
    foundDamaged: (key: string, reason: string) => void = () => undefined,
  ) {
    this.#table = table
    this.#runtime = runtime
    this.#maxValueBytes = maxValueBytes
    this.#foundDamaged = foundDamaged
    this.#revision = table.revision
  }

  get damaged(): ReadonlyMap<string, string> {
    return this.#damaged
  }

  reportDamage(key: string, why: unknown): void {
    if (this.#damaged.has(key)) return
    const reason = messageOf(why)
    this.#damaged.set(key, reason)
    this.#foundDamaged(key, reason)
  }

  configure({ timeToLive }: BucketOptions): void {
    if (timeToLive === undefined) return
    this.#timeToLive = timeToLive
    this.#cancelSweep?.()
    this.#sweepLater()
  }

  async get(key: string): Promise<StateEntry | undefined> {
    this.#checkOpen()
    checkKey(key)
    await this.#table.opening
    return this.#live(key)
  }

  async put(key: string, value: Uint8Array): Promise<number> {
    const copy = this.#checked(key, value)
    return this.#turns.run(key, () => this.#store(key, copy))
  }

  async putAll(entries: readonly (readonly [key: string, value: Uint8Array])[]): Promise<void> {
    const copies = entries.map(([key, value]) => [key, this.#checked(key, value)] as const)
    const keys = copies.map(([key]) => key)
    // Writes of one turn are committed together.
    await this.#turns.runAll(keys, () => Promise.all(copies.map(([key, copy]) => this.#store(key, copy))))
  }

  async compareAndSet(key: string, value: Uint8Array, revision: number): Promise<number> {
    const copy = this.#checked(key, value)
    return this.#turns.run(key, async () => {
      await this.#table.opening
      const actual = this.#live(key)?.revision ?? 0
      if (actual !== revision) throw conflict(key, revision, actual)
      return this.#store(key, copy)
    })
  }

  async delete(key: string): Promise<void> {
    this.#checkOpen()
    checkKey(key)
    await this.#turns.run(key, async () => {
      await this.#table.opening
      if (this.#exists(key)) await this.#remove(key)
    })
  }

  async *list(prefix = '', after?: string): AsyncIterable<StateEntry> {
    checkPrefix(prefix)
    for await (const key of this.#keys(prefix, after)) {
      const entry = this.#readable(key)
      if (entry !== undefined) yield entry
    }
  }

  watch(prefix: string, listener: (change: StateChange) => void): () => void {
    this.#checkOpen()
    checkPrefix(prefix)
    return this.#feed.watch(prefix, listener)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelSweep?.()
    await this.#turns.ended()
  }

  #checkOpen(): void {
    if (this.#closed) throw new TocsinError('TCN_STATE_CLOSED')
  }

  #checked(key: string, value: Uint8Array): Uint8Array {
    this.#checkOpen()
    checkKey(key)
    checkValue(value, this.#maxValueBytes)
    return Uint8Array.prototype.slice.call(value)
  }

  /** Returns undefined for a damaged entry too, once it is reported. */
  #readable(key: string): StateEntry | undefined {
    try {
      return this.#live(key)
    } catch (thrown) {
      if (toTocsinError(thrown, 'TCN_INTERNAL').code !== 'TCN_STATE_CORRUPT') throw thrown
      return undefined
    }
  }

  #exists(key: string): boolean {
    return this.#damaged.has(key) || this.#stored(key) !== undefined
  }

  #stored(key: string): StoredEntry | undefined {
    try {
      return this.#table.get(key)
    } catch (thrown) {
      this.reportDamage(key, thrown instanceof Error ? (thrown.cause ?? thrown) : thrown)
      throw thrown
    }
  }

  #live(key: string): StateEntry | undefined {
    const entry = this.#stored(key)
    if (entry === undefined || this.#expired(entry)) return undefined
    return { key, value: Uint8Array.prototype.slice.call(entry.value), revision: entry.revision }
  }

  #expired({ written }: StoredEntry): boolean {
    return this.#runtime.now() - written >= this.#timeToLive * 1000
  }

  async #store(key: string, value: Uint8Array): Promise<number> {
    const revision = ++this.#revision
    this.#damaged.delete(key)
    const entry = { value, revision, written: this.#runtime.now() }
    await this.#settle({ type: 'put', key, value, revision }, this.#table.put(key, entry))
    return revision
  }

  async #remove(key: string): Promise<void> {
    const revision = ++this.#revision
    this.#damaged.delete(key)
    await this.#settle({ type: 'delete', key, revision }, this.#table.remove(key, revision))
  }

  async #settle(change: StateChange, stored: Promise<void>): Promise<void> {
    const settled = this.#feed.announce(change)
    try {
      await stored
    } catch (error) {
      settled(false)
      throw error
    }
    settled(true)
  }

  async *#keys(prefix: string, start?: string): AsyncIterable<string> {
    // A start key that sorts before the prefix excludes nothing.
    for (let after = start !== undefined && compareKeys(start, prefix) < 0 ? undefined : start; ; ) {
      this.#checkOpen()
      await this.#table.opening
      const keys = this.#table.keys(prefix, after, PAGE)
      yield* keys
      if (keys.length < PAGE) return
      after = keys.at(-1)
      await nextTurn(this.#runtime)
    }
  }

  #sweepLater(): void {
    const pause = Math.min(Math.max(this.#timeToLive / 2, MIN_SWEEP_MS), MAX_SWEEP_MS)
    this.#cancelSweep = this.#runtime.after(pause, () => void this.#sweep())
  }

  async #sweep(): Promise<void> {
    try {
      for await (const key of this.#keys('')) await this.#turns.run(key, () => this.#removeExpired(key))
    } catch {
      // Entries that could not be removed are expired anyway, and the next sweep tries again.
    }
    if (!this.#closed) this.#sweepLater()
  }

  async #removeExpired(key: string): Promise<void> {
    await this.#table.opening
    if (this.#damaged.has(key)) return
    const entry = this.#stored(key)
    if (entry !== undefined && this.#expired(entry)) await this.#remove(key)
  }
}
