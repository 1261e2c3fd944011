import { type ErrorCode, TocsinError } from '../errors/tocsin-error.js'
import { decode, encode } from '../event/index.js'
import { asFields } from '../event/json/object.js'
import type { Runtime } from '../event/runtime.js'
import type { EventLog, ProducerRange } from '../log/event-log.js'
import type { Bucket, StateEntry } from '../state/state-store.js'
import { diagnostics } from './diagnostics.js'
import type { BusLimits } from './limits.js'
import type { Principal } from './principal.js'
import { Refusals } from './refusals.js'

/** Time that the last counter of a producer is kept while no connection uses it, µs. */
const REMEMBERED = 24 * 3600 * 1e6
const MARK = 'mark'
const ENTRY = 'p/'
/** Writes to the state store that are made together, so that they share one flush of the disk. */
const WRITES_AT_ONCE = 1000

/** State of a producer: its last counter, and the connection that publishes under its name. */
export interface Producer {
  readonly key: string
  last: number
  /** Seq of the event `last`; 0 if it is not known. */
  lastSeq: number
  /** Time of its last use, µs since the epoch. */
  seen: number
  owner: { takenOver(): void } | undefined
  /** Last counter written to the state store. */
  saved: number
  /** Its refused events, if it has any. */
  refusals?: Refusals
}

/** A log, or a part of one, from which counters are read. */
type CountedLog = Pick<EventLog, 'epoch' | 'first' | 'last' | 'seek' | 'summaries' | 'counters'>

/**
 * Keeps the last counter of every producer, so that an event repeated after a reconnect is acknowledged,
 * but not stored again. The log is authoritative: counters are stored beside the frames, in the same
 * transaction. The snapshot in the state store only saves reading the whole log when the hub starts.
 */
export class Producers {
  readonly #runtime: Runtime
  readonly #believedTime: () => number
  readonly #limits: Pick<BusLimits, 'producers'>
  /** By principal and key, in the order of last use: the first is the oldest. */
  readonly #byPrincipal = new Map<string, Map<string, Producer>>()
  #size = 0
  #saving: Promise<unknown> = Promise.resolve()

  /** `believedTime`: the time by which age counts, µs. */
  constructor(
    runtime: Runtime,
    limits: Pick<BusLimits, 'producers'>,
    believedTime: () => number = () => runtime.now(),
  ) {
    this.#runtime = runtime
    this.#believedTime = believedTime
    this.#limits = limits
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
    if (this.#size > this.#limits.producers) this.forget()
    return producer
  }

  /**
   * Drops producers that have been away for a day; if there are still too many, the oldest of the principals
   * that have the most. A connected producer is never dropped.
   */
  forget(): void {
    const oldest = this.#believedTime() - REMEMBERED
    for (const producers of this.#byPrincipal.values()) this.#drop(producers, ({ seen }) => seen <= oldest)
    if (this.#size <= this.#limits.producers) return
    const largest = [...this.#byPrincipal.values()].sort((a, b) => b.size - a.size)
    for (let at = 0; at < largest.length && this.#size > this.#limits.producers; at++) {
      // Down to the number of the next principal, so that a principal with few producers loses none of them.
      const least = Math.min(largest[at].size - 1, largest[at + 1]?.size ?? 0)
      this.#drop(largest[at], () => this.#size > this.#limits.producers && largest[at].size > least)
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

  /** Stores the producer as the most recently used one. */
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

  lastOf(key: string): number {
    return this.#find(key)?.last ?? 0
  }

  /**
   * Takes over counters of events that were stored just now, perhaps through another hub. `lastSeq`: that of the last one,
   * if all are of one producer; otherwise 0.
   */
  follow(ranges: readonly ProducerRange[], lastSeq = 0): void {
    for (const range of ranges) {
      const known = this.#find(range.key)
      if (known !== undefined) takeRefused(known, range)
      if (known !== undefined && known.last >= range.last) continue
      const producer = this.get(range.key)
      if (known === undefined) takeRefused(producer, range)
      producer.last = range.last
      producer.lastSeq = lastSeq
    }
  }

  /** The counters were those of a log that is gone: another one stores what is sent again. */
  clear(): void {
    this.#byPrincipal.clear()
    this.#size = 0
  }

  async restore(log: CountedLog, bucket: Bucket): Promise<void> {
    const mark = await readMark(bucket)
    let from = mark?.epoch === log.epoch ? mark.seq : 0
    if (from > 0) {
      for await (const entry of bucket.list(ENTRY)) this.#remembered(bucket, entry)
      // The whole log may still have a counter whose record is damaged.
      if (bucket.damaged.size > 0) from = 0
    }
    if (from >= log.last) return
    const next = Math.max(from + 1, log.first, log.counters ? await this.#oldest(log) : 0)
    for await (const { producers, time } of log.counters?.(next) ?? [])
      for (const range of producers) this.#replayed(range, time)
    if (log.summaries === undefined) return
    for await (const chunk of log.summaries(next, log.last)) {
      for (const range of chunk.producers) this.#replayed(range, chunk.lastTime)
    }
  }

  /** The first event whose counter is not forgotten yet. */
  #oldest(log: CountedLog): Promise<number> {
    return log.seek(this.#believedTime() - REMEMBERED)
  }

  #remembered(bucket: Bucket, { key, value }: StateEntry): void {
    try {
      const [last, lastSeq, seen, refused, forgotten] = decode(value) as Stored
      if (![last, lastSeq, seen].every(Number.isSafeInteger)) throw new Error('the record has other fields')
      const producer = { key: key.slice(ENTRY.length), last, lastSeq, seen, owner: undefined, saved: last }
      takeRefused(producer, {
        last,
        refused: refused?.map(([first, last, code]) => ({ first, last, code })),
        forgotten,
      })
      this.#put(producer)
    } catch (thrown) {
      bucket.reportDamage(key, thrown)
    }
  }

  #replayed(range: ProducerRange, seen: number): void {
    const known = this.#find(range.key)
    const last = Math.max(known?.last ?? 0, range.last)
    const { key } = range
    const saved = known?.saved ?? 0
    const producer = { key, last, lastSeq: 0, seen, owner: undefined, saved, refusals: known?.refusals }
    takeRefused(producer, range)
    this.#put(producer)
  }

  /**
   * Writes the changed counters, then the mark up to which the log need not be read again. The counters are
   * copied first and written when their events are on disk: a counter must never outlive its event, or an
   * event lost in a crash would be acknowledged, but not stored, when it is sent again.
   */
  save(log: EventLog, bucket: Bucket): Promise<void> {
    // One at a time: otherwise an older counter could overwrite a newer one and be trusted under the newer mark.
    const saved = this.#saving.then(() => this.#save(log, bucket))
    this.#saving = saved.catch(() => undefined)
    return saved
  }

  /**
   * Writes the counters up to this seq, which is on the disk, as the log has them: those in memory are of events that may
   * still wait for the disk.
   */
  saveUpTo(seq: number, log: EventLog, bucket: Bucket): Promise<void> {
    const saved = this.#saving.then(async () => {
      const mark = await readMark(bucket)
      if (mark?.epoch === log.epoch && mark.seq >= seq) return
      const part = partUpTo(seq, log)
      const stored = new Producers(this.#runtime, this.#limits, this.#believedTime)
      await stored.restore(part, bucket)
      await stored.#save(part, bucket)
    })
    this.#saving = saved.catch(() => undefined)
    return saved
  }

  *#all(): Iterable<Producer> {
    for (const producers of this.#byPrincipal.values()) yield* producers.values()
  }

  async #save(log: Pick<EventLog, 'epoch' | 'last' | 'durable'>, bucket: Bucket): Promise<void> {
    this.forget()
    const { last: seq, epoch } = log
    const changed = [...this.#all()].filter((producer) => producer.saved !== producer.last).map(snapshotOf)
    await log.durable(seq)
    await inBlocks(changed, (snapshot) => store(bucket, snapshot))
    await inBlocks(this.#forgotten(bucket), (key) => bucket.delete(key))
    // Counters of damaged entries that the log still has were read from it.
    await inBlocks(bucket.damaged.keys(), (key) => bucket.delete(key))
    await bucket.put(MARK, encode({ epoch, seq }))
  }

  /** Keys of stored counters whose producers are no longer remembered, or have stored nothing in this log. */
  async *#forgotten(bucket: Bucket): AsyncIterable<string> {
    for await (const { key } of bucket.list(ENTRY)) {
      if (this.lastOf(key.slice(ENTRY.length)) === 0) yield key
    }
  }
}

function partUpTo(seq: number, log: EventLog): CountedLog & Pick<EventLog, 'durable'> {
  const { epoch, first, summaries } = log
  return {
    ...{ epoch, first, last: seq },
    seek: (micros) => log.seek(micros),
    summaries: summaries?.bind(log),
    durable: async () => undefined,
  }
}

type Snapshot = ReturnType<typeof snapshotOf>

/** Last counter, its seq, time of the last use, refused spans, and the counter up to which these are not known. */
type Stored = [number, number, number, [number, number, ErrorCode][]?, number?]

function snapshotOf(producer: Producer) {
  const { last, lastSeq, seen, refusals } = producer
  const value: Stored = [last, lastSeq, seen]
  if (refusals !== undefined) {
    const spans = refusals.stored.map(({ first, last, code }): [number, number, ErrorCode] => [
      first,
      last,
      code,
    ])
    value.push(spans, refusals.forgotten)
  }
  return { producer, last, value: encode(value) }
}

/** Notes what is stored about refused events, beside the counter that passed them. */
export function takeRefused(
  producer: Producer,
  range: Pick<ProducerRange, 'last' | 'refused' | 'forgotten'>,
): void {
  if (producer.refusals === undefined && range.refused === undefined) return
  producer.refusals ??= new Refusals()
  producer.refusals.take(range)
}

/** Stores a counter. A key that the store does not accept is reported, and does not keep others from being stored. */
async function store(bucket: Bucket, { producer, last, value }: Snapshot): Promise<void> {
  try {
    await bucket.put(ENTRY + producer.key, value)
  } catch (error) {
    if (!TocsinError.is(error, 'TCN_STATE_INVALID')) throw error
    diagnostics.unsaved.publish({ producer: producer.key, error })
  }
  producer.saved = last
}

async function inBlocks<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  write: (item: Item) => Promise<unknown>,
): Promise<void> {
  let block: Item[] = []
  for await (const item of items) {
    block.push(item)
    if (block.length < WRITES_AT_ONCE) continue
    await Promise.all(block.map(write))
    block = []
  }
  await Promise.all(block.map(write))
}

/** Returns the principal of a key. Names of principals contain no slash. */
function principalOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf('/')))
}

/** If there is no mark, the counters are read from the log. */
async function readMark(bucket: Bucket): Promise<{ epoch: string; seq: number } | undefined> {
  try {
    const entry = await bucket.get(MARK)
    return entry && decodeMark(entry.value)
  } catch (thrown) {
    bucket.reportDamage(MARK, thrown)
    return undefined
  }
}

function decodeMark(value: Uint8Array): { epoch: string; seq: number } {
  const { epoch, seq } = asFields(decode(value))
  if (typeof epoch !== 'string' || typeof seq !== 'number' || !Number.isSafeInteger(seq))
    throw new Error('the mark has other fields')
  return { epoch, seq }
}
