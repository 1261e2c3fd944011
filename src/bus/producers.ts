import { decode, encode } from '../event/index.js'
import type { Runtime } from '../event/runtime.js'
import type { EventLog, ProducerRange } from '../log/event-log.js'
import type { Bucket } from '../state/state-store.js'
import type { Refusal } from './api.js'
import type { Principal } from './principal.js'

/** How long the last counter of a producer that is away is kept, µs. */
const REMEMBERED = 24 * 3600 * 1e6
const MARK = 'mark'
const ENTRY = 'p/'

/** What the hub knows of a producer: its last counter, and the connection that publishes for it. */
export interface Producer {
  readonly key: string
  last: number
  /** Seq of the event `last`, where it is known. */
  lastSeq: number
  /** µs */
  seen: number
  owner: { takenOver(): void } | undefined
  /** Counter in the state store. */
  saved: number
  /** The latest of its events that were not taken, oldest first. */
  refusals?: Refusal[]
}

/**
 * The last counter of every producer, so that a repeat after a reconnect is answered and not stored
 * again. The log holds the truth (counters lie beside the frames, in the same transaction); the
 * snapshot in the state store only saves reading all of it when the hub starts.
 */
export class Producers {
  readonly #runtime: Runtime
  readonly #limit: number
  /** By principal and key, in the order of last use: the first is the oldest. */
  readonly #byPrincipal = new Map<string, Map<string, Producer>>()
  #size = 0
  #saving: Promise<unknown> = Promise.resolve()

  constructor(runtime: Runtime, limit: number) {
    this.#runtime = runtime
    this.#limit = limit
  }

  static key(principal: Principal, producer: string): string {
    return `${principal.name}/${producer}`
  }

  get size(): number {
    return this.#size
  }

  get(key: string): Producer {
    const producer = this.#find(key) ?? { key, last: 0, lastSeq: 0, seen: 0, owner: undefined, saved: 0 }
    producer.seen = this.#runtime.now()
    this.#put(producer)
    if (this.#size > this.#limit) this.forget()
    return producer
  }

  /** Drops who has been away for a day, and of too many those of whoever has most; never one that is connected. */
  forget(): void {
    const oldest = this.#runtime.now() - REMEMBERED
    for (const producers of this.#byPrincipal.values()) this.#drop(producers, ({ seen }) => seen <= oldest)
    if (this.#size <= this.#limit) return
    const largest = [...this.#byPrincipal.values()].sort((a, b) => b.size - a.size)
    for (let at = 0; at < largest.length && this.#size > this.#limit; at++) {
      // Down to what the next one has, so that nobody loses any for the many of another.
      const least = Math.min(largest[at].size - 1, largest[at + 1]?.size ?? 0)
      this.#drop(largest[at], () => this.#size > this.#limit && largest[at].size > least)
    }
  }

  #drop(producers: Map<string, Producer>, goes: (producer: Producer) => boolean): void {
    for (const producer of producers.values()) {
      if (producer.owner !== undefined) continue
      if (!goes(producer)) return
      this.#remove(producer)
    }
  }

  #find(key: string): Producer | undefined {
    return this.#byPrincipal.get(principalOf(key))?.get(key)
  }

  /** As the one used last. */
  #put(producer: Producer): void {
    const principal = principalOf(producer.key)
    this.#remove(producer)
    const producers = this.#byPrincipal.get(principal)
    if (producers === undefined) this.#byPrincipal.set(principal, new Map([[producer.key, producer]]))
    else producers.set(producer.key, producer)
    this.#size++
  }

  #remove({ key }: Producer): void {
    const principal = principalOf(key)
    const producers = this.#byPrincipal.get(principal)
    if (producers?.delete(key)) this.#size--
    if (producers?.size === 0) this.#byPrincipal.delete(principal)
  }

  async restore(log: EventLog, bucket: Bucket): Promise<void> {
    const mark = readMark((await bucket.get(MARK))?.value)
    const from = mark?.epoch === log.epoch ? mark.seq : 0
    if (from > 0) {
      for await (const { key, value } of bucket.list(ENTRY)) this.#remembered(key.slice(ENTRY.length), value)
    }
    if (log.summaries === undefined || from >= log.last) return
    for await (const chunk of log.summaries(Math.max(from + 1, log.first), log.last)) {
      for (const range of chunk.producers) this.#replayed(range, chunk.lastTime)
    }
  }

  #remembered(key: string, value: Uint8Array): void {
    const [last, lastSeq, seen] = decode(value) as [number, number, number]
    this.#put({ key, last, lastSeq, seen, owner: undefined, saved: last })
  }

  #replayed(range: ProducerRange, seen: number): void {
    const known = this.#find(range.key)
    const last = Math.max(known?.last ?? 0, range.last)
    this.#put({
      key: range.key,
      last,
      lastSeq: 0,
      seen,
      owner: undefined,
      saved: known?.saved ?? 0,
    })
  }

  /**
   * Writes what changed, then the mark up to which the log need not be read again. The counters are
   * taken first and written when their events are on the disk: a counter must never outlive its event,
   * or the repeat of an event that a crash took would be answered and not stored.
   */
  save(log: EventLog, bucket: Bucket): Promise<void> {
    // One at a time: an older counter written after a newer one, under the newer mark, would be believed.
    const saved = this.#saving.then(() => this.#save(log, bucket))
    this.#saving = saved.catch(() => undefined)
    return saved
  }

  *#all(): Iterable<Producer> {
    for (const producers of this.#byPrincipal.values()) yield* producers.values()
  }

  async #save(log: EventLog, bucket: Bucket): Promise<void> {
    this.forget()
    const seq = log.last
    const changed = [...this.#all()].filter((producer) => producer.saved !== producer.last)
    const taken = changed.map((producer) => ({
      producer,
      last: producer.last,
      lastSeq: producer.lastSeq,
      seen: producer.seen,
    }))
    await log.durable(seq)
    for (const { producer, last, lastSeq, seen } of taken) {
      await bucket.put(ENTRY + producer.key, encode([last, lastSeq, seen]))
      producer.saved = last
    }
    for await (const { key } of bucket.list(ENTRY)) {
      if (this.#find(key.slice(ENTRY.length)) === undefined) await bucket.delete(key)
    }
    await bucket.put(MARK, encode({ epoch: log.epoch, seq }))
  }
}

/** Names of principals have no slash. */
function principalOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf('/')))
}

function readMark(value: Uint8Array | undefined): { epoch: string; seq: number } | undefined {
  return value === undefined ? undefined : (decode(value) as { epoch: string; seq: number })
}
