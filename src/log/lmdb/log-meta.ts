import { TocsinError } from '../../errors/tocsin-error.js'
import { isCount } from '../../event/json/object.js'
import type { Runtime } from '../../event/runtime.js'
import { Environment } from '../../storage/environment.js'
import { isUnwritten } from '../../storage/folder.js'
import { isAlive, thisProcess } from '../../storage/lock-holder.js'
import { putAside } from '../../storage/put-aside.js'
import { isEpoch, newEpoch } from '../epoch.js'
import type { CompactionReport, LostRange, SeqRange } from '../event-log.js'
import { MetaCopy, type MetaRecords } from './meta-copy.js'
import { metaFault, reading } from './meta-fault.js'
import { COMPRESSED, INDEXED, isEssential, parsed, type Records, SEGMENT, toBytes } from './meta-records.js'
import type { SegmentTotals } from './segment-totals.js'
import { INDEX_FORMAT } from './word-index/index-block.js'

/** The highest format that this version reads, and the one that it writes. */
export const FORMAT = 2
const TABLE = 'log'
const MAP_SIZE = 16 * 1024 * 1024
/** Number of seqs reserved at a time. */
const BLOCK = 1_000_000

/** The findings from opening the segments, for `begin`. */
export interface FoundSegments {
  lastStored: number
  /** Sealed segments that are gone. */
  gone: readonly SeqRange[]
  /** True if the newest segment is damaged, so that events after `lastStored` may have been in it. */
  isDamaged: boolean
  /** First seq of the segment that takes new events. */
  active?: number
}

export interface MetaOptions {
  folder: string
  runtime: Runtime
  /** True if the folder is a restored copy, which begins a new epoch. */
  restored: boolean
}

/** Epoch, lock, reserved seqs and history of a log, in its own LMDB environment. */
export class LogMeta {
  readonly #environment: Environment
  readonly #copy: MetaCopy
  /** The stored values by name. */
  readonly #records: MetaRecords = new Map()
  /** Names of records whose commit has failed. */
  readonly #unstored = new Set<string>()
  #reserved = 1
  #reserving = false
  /** The next seq to be assigned. */
  next = 1
  /** The ranges, found by `begin`, of which events are missing that had been stored. */
  missing: readonly SeqRange[] = []
  /** True if the log had no meta file, so that its epoch is new. */
  isNew = false
  /** The damage that was found, and its repair. */
  repaired: string | undefined

  /** Takes the lock. Throws TCN_LOG_LOCKED, TCN_LOG_NEWER, TCN_LOG_META or a DiskFault. */
  private constructor({ folder, runtime, restored }: MetaOptions, copy: MetaCopy, seed?: MetaRecords) {
    this.#copy = copy
    this.#environment = reading(folder, () => {
      return new Environment({
        ...{ folder, tables: [TABLE], mapSize: MAP_SIZE },
        ...{ deepCheck: true, usesReserve: true, turns: runtime },
      })
    })
    try {
      reading(folder, () => this.#load(seed))
      const known = seed === undefined && !restored ? copy.read() : undefined
      if (known !== undefined) this.#compare(known)
      this.#environment.transact(() => this.#take(folder, runtime, restored, seed))
      this.#reserved = this.#highestReserved
    } catch (thrown) {
      void this.#environment.close()
      throw thrown
    }
  }

  /**
   * Opens the meta file, or creates it. One that is damaged or missing is made anew from its copy, with the same
   * epoch. Throws TCN_LOG_LOCKED, TCN_LOG_NEWER, TCN_LOG_META or a DiskFault.
   */
  static open(options: MetaOptions): LogMeta {
    const { folder } = options
    const copy = new MetaCopy(`${folder}.copy`)
    const known = options.restored ? undefined : copy.read()
    try {
      if (known !== undefined && isUnwritten(folder)) throw metaFault(folder, 'it is missing or empty')
      return new LogMeta(options, copy)
    } catch (thrown) {
      if (!TocsinError.is(thrown, 'TCN_LOG_META')) throw thrown
      const aside = putAside(folder, options.runtime)
      const seed = known && safeSeed(known, thrown)
      const meta = new LogMeta(options, copy, seed)
      meta.repaired = `${thrown.message}. It was put aside as ${aside}, and ${seed ? 'made anew from its copy' : 'begun anew, with another epoch: what it knew of missing events is lost'}`
      return meta
    }
  }

  get epoch(): string {
    return this.#get('epoch')!
  }

  get lost(): readonly LostRange[] {
    return this.#get('lost') ?? []
  }

  /** Starts to assign seqs. Those reserved after the last stored event are recorded as lost. */
  begin({ lastStored, gone, isDamaged, active }: FoundSegments): void {
    this.next = Math.max(this.#reserved, lastStored + 1)
    const rest = { from: lastStored + 1, to: this.next - 1 }
    const isMissing = rest.from <= rest.to && (isDamaged || (this.#get('stored') ?? 0) > lastStored)
    this.missing = isMissing ? [...gone, rest] : gone
    const kept = this.lost.filter(({ from }) => from <= lastStored)
    const damaged = isMissing || this.lost.slice(kept.length).some((range) => range.damaged)
    const ranges: LostRange[] = [...kept, ...gone.map((range) => ({ ...range, damaged: true as const }))]
    if (rest.from <= rest.to) ranges.push(damaged ? { ...rest, damaged } : rest)
    // If a process was killed just after it had sealed a segment, that segment grows again.
    const outdated = [...gone.map(({ from }) => from), ...(active === undefined ? [] : [active])]
    const names = outdated.flatMap((firstSeq) => [SEGMENT + firstSeq, COMPRESSED + firstSeq])
    for (const name of names) this.#records.delete(name)
    // Until now the copy may be that of a clean stop, and a start would trust it without a check.
    this.#copy.writeNow(new Map([...this.#records, ['clean', false]]))
    this.#environment.transact(() => {
      this.#put(
        'lost',
        ranges.sort((one, other) => one.from - other.from),
      )
      this.#put('stored', lastStored)
      for (const name of names) void this.#environment.table(TABLE).remove(name)
      this.#put('reserved', this.next + BLOCK)
    })
    this.#reserved = this.next + BLOCK
    this.#changed()
  }

  /** Reserves the next `count` seqs. `failed` is called if reserving further ones in advance fails. */
  reserve(count: number, failed: (thrown: unknown) => void): void {
    const end = this.next + count
    if (end > this.#reserved) {
      this.#environment.transact(() => this.#put('reserved', end + BLOCK))
      this.#reserved = end + BLOCK
      this.#changed()
    }
    if (this.#reserved - end < BLOCK / 2) this.reserveAhead().catch(failed)
  }

  async reserveAhead(): Promise<void> {
    if (this.#reserving || this.#reserved - this.next >= BLOCK / 2) return
    const reserved = this.#reserved + BLOCK
    this.#reserving = true
    try {
      await this.#commit(new Map([['reservedAhead', reserved]]))
      this.#reserved = Math.max(this.#reserved, reserved)
    } finally {
      this.#reserving = false
    }
  }

  /** Records that a segment has its first events: if it is missing at the next start, they are known to be lost. */
  segmentBegun(firstSeq: number): void {
    this.#commitIfPossible(new Map([['stored', firstSeq]]))
  }

  /** Returns the totals kept for a sealed segment, which need not be opened at the next start. */
  segmentTotals(firstSeq: number): SegmentTotals | undefined {
    return this.#records.get(SEGMENT + firstSeq) as SegmentTotals | undefined
  }

  /** The sealed segments that retention has not removed, oldest first; empty if it is not known. */
  get sealedSegments(): SegmentTotals[] {
    const kept = this.#get('kept') ?? Number.POSITIVE_INFINITY
    const names = [...this.#records.keys()].filter((name) => name.startsWith(SEGMENT))
    const all = names.map((name) => this.#records.get(name) as SegmentTotals)
    return all.filter(({ firstSeq }) => firstSeq >= kept).sort((one, other) => one.firstSeq - other.firstSeq)
  }

  keepSegmentTotals(totals: SegmentTotals): void {
    this.#commitIfPossible(new Map([[SEGMENT + totals.firstSeq, totals]]))
  }

  forgetSegmentTotals(firstSeq: number): void {
    this.#commitIfPossible(
      new Map([
        [SEGMENT + firstSeq, undefined],
        [COMPRESSED + firstSeq, undefined],
        [INDEXED + firstSeq, undefined],
      ]),
    )
  }

  isCompressed(firstSeq: number): boolean {
    return this.#records.has(COMPRESSED + firstSeq)
  }

  /** Records that a sealed segment is compressed, so that it is not compressed again. */
  segmentCompressed(firstSeq: number): void {
    this.#commitIfPossible(new Map([[COMPRESSED + firstSeq, true]]))
  }

  isIndexed(firstSeq: number): boolean {
    return this.#records.get(INDEXED + firstSeq) === INDEX_FORMAT
  }

  /** Records that a sealed segment has an index of words. */
  segmentIndexed(firstSeq: number): void {
    this.#commitIfPossible(new Map([[INDEXED + firstSeq, INDEX_FORMAT]]))
  }

  /** Records that a segment was made anew, or put aside without `totals`, and the ranges that are lost with it. */
  async segmentRepaired(
    firstSeq: number,
    totals: SegmentTotals | undefined,
    lost: readonly SeqRange[],
  ): Promise<void> {
    const ranges = [...this.lost, ...lost.map((range) => ({ ...range, damaged: true as const }))]
    const changes: MetaRecords = new Map([
      [SEGMENT + firstSeq, undefined],
      [COMPRESSED + firstSeq, undefined],
      [INDEXED + firstSeq, undefined],
    ])
    if (totals !== undefined) changes.set(SEGMENT + totals.firstSeq, totals)
    changes.set(
      'lost',
      ranges.sort((one, other) => one.from - other.from),
    )
    await this.#commit(changes)
  }

  /** Records that segments before `firstSeq` are removed on purpose. Resolves before they are, unless the disk is full. */
  async keptFrom(firstSeq: number): Promise<void> {
    const kept = Math.max(this.#get('kept') ?? 1, firstSeq)
    this.#set('kept', kept)
    await this.#commit(new Map([['kept', kept]]))
  }

  get lastCompaction(): Records['compaction'] | undefined {
    return this.#get('compaction')
  }

  /** Records a compaction, and drops the lost ranges before `first`, which are no longer needed. */
  compacted(report: CompactionReport, commits: number, first: number): void {
    const lost = this.lost.filter(({ to }) => to >= first)
    this.#commitIfPossible(
      new Map<string, unknown>([
        ['compaction', { report, commits }],
        ['lost', lost],
      ]),
    )
  }

  /**
   * Releases the lock and, after a clean stop with this last stored seq, the seqs that were not used. Writes nothing
   * unless `locked`.
   */
  async close(lastStored: number | undefined, locked = true): Promise<void> {
    const clean = lastStored === undefined ? [] : Object.entries(this.#cleanStop(lastStored))
    try {
      if (!locked) return
      await this.#copy.idle()
      // The copy must never have a higher `reserved`, even if the process is killed here.
      if (lastStored !== undefined)
        this.#copy.writeNow(new Map([...this.#records, ...clean, ['clean', false]]))
      await this.#commit(new Map([...clean, ['lock', undefined]]))
      await this.#copy.idle()
      if (lastStored !== undefined) this.#copy.writeNow(new Map([...this.#records, ['clean', true]]))
    } finally {
      await this.#copy.idle()
      await this.#environment.close()
    }
  }

  #cleanStop(lastStored: number): Partial<Records> {
    return { stored: lastStored, reserved: this.next, reservedAhead: undefined }
  }

  get #highestReserved(): number {
    return Math.max(this.#get('reserved') ?? 1, this.#get('reservedAhead') ?? 1)
  }

  #load(seed: MetaRecords = new Map()): void {
    for (const [name, value] of seed) this.#records.set(name, value)
    for (const { key, value } of this.#environment.table(TABLE).getRange({})) {
      const name = String(key)
      const record = isEssential(name) ? JSON.parse(Buffer.from(value).toString()) : parsed(value)
      if (record !== undefined) this.#records.set(name, record)
    }
    const { epoch, lost = [] } = Object.fromEntries(this.#records)
    const numbers = [this.#highestReserved, this.#get('stored') ?? 0, this.#get('format') ?? FORMAT]
    const isSound =
      (epoch === undefined ? this.#records.size === 0 : isEpoch(epoch)) &&
      numbers.every(isCount) &&
      (lost as LostRange[]).every(({ from, to }) => from > 0 && from <= to)
    if (!isSound) throw new RangeError('its records make no sense')
  }

  /** Throws TCN_LOG_META if the records do not fit their copy, which is as new or a little older. */
  #compare(copy: MetaRecords): void {
    const folder = this.#environment.folder
    const reserved = this.#highestReserved
    const copied = Math.max(Number(copy.get('reserved') ?? 1), Number(copy.get('reservedAhead') ?? 1))
    const changed = [...this.#records].find(([name, value]) => {
      const isFixed = ['format', 'epoch'].includes(name) || name.startsWith(SEGMENT)
      if (!copy.has(name) || !(isFixed || copy.get('clean') === true)) return false
      // The copy of a log that is taken over from an earlier build is written a little later.
      if (name === 'format' && Number(value) <= FORMAT && Number(copy.get(name)) < FORMAT) return false
      return JSON.stringify(value) !== JSON.stringify(copy.get(name))
    })
    if (changed !== undefined)
      throw metaFault(folder, `the record ${changed[0]} differs from its copy`, reserved)
    if (reserved < copied) throw metaFault(folder, 'the record reserved is older than its copy', reserved)
  }

  #take(folder: string, runtime: Runtime, restored: boolean, seed: MetaRecords = new Map()): void {
    const format = this.#get('format') ?? FORMAT
    if (format > FORMAT) {
      throw new TocsinError(
        'TCN_LOG_NEWER',
        `${folder} has format ${format}; this version supports ${FORMAT}`,
      )
    }
    const holder = this.#get('lock')
    if (holder !== undefined && isAlive(holder)) {
      const details = { folder, pid: holder.pid }
      throw new TocsinError('TCN_LOG_LOCKED', `process ${holder.pid} uses ${folder}`, { details })
    }
    this.isNew = !this.#records.has('epoch')
    for (const [name, value] of seed) this.#put(name, value)
    this.#put('format', FORMAT)
    this.#put('lock', thisProcess())
    if (this.isNew || restored) this.#put('epoch', newEpoch(runtime))
    if (this.isNew) this.#put('kept', 1)
  }

  async #commit(changes: MetaRecords): Promise<void> {
    const again = [...this.#unstored].map((name) => [name, this.#records.get(name)] as const)
    await this.#environment.commit(
      [...new Map([...again, ...changes])].map(([name, value]) => ({
        table: TABLE,
        key: name,
        value: toBytes(value),
      })),
    )
    for (const [name] of again) this.#unstored.delete(name)
    for (const [name, value] of changes) this.#set(name, value)
    this.#changed()
  }

  /** Commits records without reporting a failure: they can be determined again, or are not essential. */
  #commitIfPossible(changes: MetaRecords): void {
    for (const [name, value] of changes) this.#set(name, value)
    this.#commit(changes).catch(() => {
      for (const name of changes.keys()) this.#unstored.add(name)
    })
  }

  #changed(): void {
    this.#copy.write(this.#records)
  }

  #get<Name extends keyof Records>(name: Name): Records[Name] | undefined {
    return this.#records.get(name) as Records[Name] | undefined
  }

  #set(name: string, value: unknown): void {
    if (value === undefined) this.#records.delete(name)
    else this.#records.set(name, value)
  }

  /** Must be called within `transact`. */
  #put(name: string, value: unknown): void {
    this.#set(name, value)
    void this.#environment.table(TABLE).put(name, toBytes(value)!)
  }
}

/** The records of the copy. Unless it is exact, seqs that were reserved after it are left out. */
function safeSeed(copy: MetaRecords, fault: TocsinError): MetaRecords {
  const { clean, lock: _, reservedAhead, ...records } = Object.fromEntries(copy)
  const found = Number(fault.details.reserved ?? 1)
  const highest = Math.max(found, Number(records.reserved ?? 1), Number(reservedAhead ?? 1))
  const isExact = clean === true && found <= highest
  return new Map(Object.entries({ ...records, reserved: isExact ? highest : highest + 2 * BLOCK }))
}
