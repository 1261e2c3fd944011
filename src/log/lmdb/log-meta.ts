import { TocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import { DiskFault } from '../../storage/disk-fault.js'
import { Environment, type Write } from '../../storage/environment.js'
import { dataFile } from '../../storage/folder.js'
import { isAlive, type LockHolder, thisProcess } from '../../storage/lock-holder.js'
import { newEpoch } from '../epoch.js'
import type { CompactionReport, LostRange, SeqRange } from '../event-log.js'
import type { SegmentTotals } from './segment-totals.js'

export const FORMAT = 1
const TABLE = 'log'
const MAP_SIZE = 16 * 1024 * 1024
/** Number of seqs reserved at a time. */
const BLOCK = 1_000_000

/** The records that a log keeps about itself, each stored as JSON under its name. */
interface Records {
  format: number
  epoch: string
  lock: LockHolder
  /** The first seq that is not reserved. After a clean stop it is the next one to be assigned. */
  reserved: number
  /** The same, written in advance. It has its own key because it may be flushed after a higher `reserved`. */
  reservedAhead: number
  /** A seq that is stored for certain; after a clean stop the last one. */
  stored: number
  lost: LostRange[]
  compaction: { report: CompactionReport; commits: number }
}

/** Epoch, lock, reserved seqs and history of a log, in its own LMDB environment. */
export class LogMeta {
  readonly epoch: string
  readonly #environment: Environment
  #lost: readonly LostRange[]
  #reserved: number
  #reserving = false
  #lastCompaction: Records['compaction'] | undefined
  /** The next seq to be assigned. */
  next = 1
  /** The lost range, if `begin` has found that events are missing that had been stored. */
  missing: SeqRange | undefined

  /** Takes the lock. Throws TCN_LOG_LOCKED, TCN_LOG_NEWER, TCN_LOG_META or a DiskFault. */
  constructor(folder: string, runtime: Runtime, restored: boolean) {
    this.#environment = reading(folder, () => new Environment({ folder, tables: [TABLE], mapSize: MAP_SIZE }))
    try {
      this.epoch = reading(folder, () =>
        this.#environment.transact(() => this.#take(folder, runtime, restored)),
      )
      this.#lost = this.#read('lost') ?? []
      this.#lastCompaction = this.#read('compaction')
      this.#reserved = Math.max(this.#read('reserved') ?? 1, this.#read('reservedAhead') ?? 1)
    } catch (thrown) {
      void this.#environment.close()
      throw thrown
    }
  }

  get lost(): readonly LostRange[] {
    return this.#lost
  }

  /** Starts to assign seqs. Those reserved after the last stored event are recorded as lost. */
  begin(lastStored: number): void {
    this.next = Math.max(this.#reserved, lastStored + 1)
    const gap = { from: lastStored + 1, to: this.next - 1 }
    if ((this.#read('stored') ?? 0) > lastStored) this.missing = gap
    const kept = this.#lost.filter(({ from }) => from <= lastStored)
    const damaged = this.missing !== undefined || this.#lost.slice(kept.length).some((range) => range.damaged)
    this.#lost = gap.from > gap.to ? kept : [...kept, damaged ? { ...gap, damaged } : gap]
    this.#environment.transact(() => {
      this.#put('lost', [...this.#lost])
      this.#put('stored', lastStored)
      this.#put('reserved', this.next + BLOCK)
    })
    this.#reserved = this.next + BLOCK
  }

  /** Reserves the next `count` seqs. `failed` is called if reserving further ones in advance fails. */
  reserve(count: number, failed: (thrown: unknown) => void): void {
    const end = this.next + count
    if (end > this.#reserved) {
      this.#environment.transact(() => this.#put('reserved', end + BLOCK))
      this.#reserved = end + BLOCK
    }
    if (this.#reserved - end < BLOCK / 2) this.reserveAhead().catch(failed)
  }

  async reserveAhead(): Promise<void> {
    if (this.#reserving || this.#reserved - this.next >= BLOCK / 2) return
    const reserved = this.#reserved + BLOCK
    this.#reserving = true
    try {
      await this.#environment.commit([write('reservedAhead', reserved)])
      this.#reserved = Math.max(this.#reserved, reserved)
    } finally {
      this.#reserving = false
    }
  }

  /** Records that a segment has its first events: if it is missing at the next start, they are known to be lost. */
  segmentBegun(firstSeq: number): void {
    this.#commitIfPossible([write('stored', firstSeq)])
  }

  /** Returns the totals kept for a sealed segment. They only save opening it at the next start. */
  segmentTotals(firstSeq: number): SegmentTotals | undefined {
    return this.#readKey<SegmentTotals>(segmentKey(firstSeq))
  }

  keepSegmentTotals(totals: SegmentTotals): void {
    this.#commitIfPossible([writeKey(segmentKey(totals.firstSeq), totals)])
  }

  forgetSegmentTotals(firstSeq: number): void {
    this.#commitIfPossible([remove(segmentKey(firstSeq))])
  }

  get lastCompaction(): Records['compaction'] | undefined {
    return this.#lastCompaction
  }

  /** Records a compaction, and drops the lost ranges before `first`, which are no longer needed. */
  compacted(report: CompactionReport, commits: number, first: number): void {
    this.#lost = this.#lost.filter(({ to }) => to >= first)
    this.#lastCompaction = { report, commits }
    this.#commitIfPossible([write('compaction', { report, commits }), write('lost', [...this.#lost])])
  }

  /**
   * Releases the lock and, after a clean stop with this last stored seq, the seqs that were not used. Writes nothing
   * unless `locked`.
   */
  async close(lastStored: number | undefined, locked = true): Promise<void> {
    const clean = lastStored === undefined ? [] : this.#cleanStop(lastStored)
    try {
      if (locked) await this.#environment.commit([...clean, remove('lock')])
    } finally {
      await this.#environment.close()
    }
  }

  #cleanStop(lastStored: number): Write[] {
    return [write('stored', lastStored), write('reserved', this.next), remove('reservedAhead')]
  }

  #take(folder: string, runtime: Runtime, restored: boolean): string {
    const format = this.#read('format') ?? FORMAT
    if (format > FORMAT) {
      throw new TocsinError(
        'TCN_LOG_NEWER',
        `${folder} has format ${format}; this version supports ${FORMAT}`,
      )
    }
    const holder = this.#read('lock')
    if (holder !== undefined && isAlive(holder)) {
      const details = { folder, pid: holder.pid }
      throw new TocsinError('TCN_LOG_LOCKED', `process ${holder.pid} uses ${folder}`, { details })
    }
    const known = restored ? undefined : this.#read('epoch')
    const epoch = known ?? newEpoch(runtime)
    this.#put('format', FORMAT)
    this.#put('lock', thisProcess())
    this.#put('epoch', epoch)
    return epoch
  }

  /** Commits records without reporting a failure: they can be determined again, or are not essential. */
  #commitIfPossible(writes: readonly Write[]): void {
    this.#environment.commit(writes).catch(() => undefined)
  }

  #read<Name extends keyof Records>(name: Name): Records[Name] | undefined {
    return this.#readKey(name)
  }

  #readKey<Value>(key: string): Value | undefined {
    return reading(this.#environment.folder, () => {
      const bytes = this.#environment.table(TABLE).get(key)
      return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString())
    })
  }

  /** Must be called within `transact`. */
  #put<Name extends keyof Records>(name: Name, value: Records[Name]): void {
    void this.#environment.table(TABLE).put(name, toBytes(value))
  }
}

/** Runs `read`, and reports what LMDB or JSON cannot read as TCN_LOG_META. Faults of the disk are passed on. */
function reading<Result>(folder: string, read: () => Result): Result {
  try {
    return read()
  } catch (thrown) {
    if (TocsinError.is(thrown) || (thrown instanceof DiskFault && thrown.kind !== 'damaged')) throw thrown
    const file = dataFile(folder)
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    const message = `${file} cannot be read: ${reason}`
    throw new TocsinError('TCN_LOG_META', message, { cause: thrown, details: { file } })
  }
}

function write<Name extends keyof Records>(name: Name, value: Records[Name]): Write {
  return writeKey(name, value)
}

function writeKey(key: string, value: unknown): Write {
  return { table: TABLE, key, value: toBytes(value) }
}

function remove(key: string): Write {
  return { table: TABLE, key, value: undefined }
}

function segmentKey(firstSeq: number): string {
  return `segment/${firstSeq}`
}

function toBytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}
