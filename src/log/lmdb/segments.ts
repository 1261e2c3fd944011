import { dirname, join } from 'node:path'
import type { Runtime } from '../../event/runtime.js'
import { DiskFault } from '../../storage/disk-fault.js'
import { flush, makeFolder } from '../../storage/folder.js'
import { putAside } from '../../storage/put-aside.js'
import type { SeqRange } from '../event-log.js'
import type { FrameRange } from '../frame-range.js'
import { BATCH_BYTES, BYTES_A_TURN } from '../frame-reader.js'
import { ChunkCache } from './chunk-cache.js'
import { ChunkMemory } from './chunk-memory.js'
import type { ChunkWrite } from './chunk-queue.js'
import { locateTime } from './locate-time.js'
import type { FoundSegments, LogMeta } from './log-meta.js'
import { LongReads } from './long-reads.js'
import { NextSegment } from './next-segment.js'
import type { RewriteTask, StoredForms } from './rewriting/rewrite-segment.js'
import { SEGMENT_TABLES, Segment } from './segment.js'
import { COMPRESSING, nameOf, removeRemains, segmentNames } from './segment-folder.js'
import type { StoredSummary } from './stored-summary.js'
import { IndexReader } from './word-index/index-reader.js'

const MIN_MAP = 2 * 1024 ** 3
/** Spare map size: a segment may exceed its limit by one commit. */
const MAP_MARGIN = 512 * 1024 ** 2
/**
 * Largest number of sealed segments open at once, besides the active one. Each takes two descriptors of those that a
 * hub keeps for itself; with few, readers at different places would open and close them all the time.
 */
const MAX_OPEN = 24

/** When a segment has this share of what it may have, the next one is made ready. */
const NEARLY = 0.8

export interface SegmentLimits {
  /** Bytes of frames at which a segment is sealed. */
  bytes: number
  /** Time between the first and the last event at which a segment is sealed, µs. */
  age: number
}

/** A chunk and its segment. */
export interface ChunkLocation {
  segment: Segment
  chunk: StoredSummary
}

/** The stored part of the log: sealed segments, oldest first, and the active one, which takes new events. */
export class Segments {
  readonly folder: string
  readonly #meta: LogMeta
  readonly #limits: SegmentLimits
  readonly #runtime: Runtime
  readonly #cache = new ChunkCache()
  readonly #next: NextSegment
  readonly #memory = new ChunkMemory()
  readonly #longReads: LongReads
  /** The index of words of sealed segments. */
  readonly index = new IndexReader()
  #all: Segment[] = []
  /** Sealed segments that are open, in order of last use. */
  #open: Segment[] = []
  #commits = 0
  /** The last removal, until it is complete. */
  #removal: Promise<unknown> = Promise.resolve()
  #isClosed = false
  /** Called when a segment takes no more events. */
  onSealed = () => {}
  /** New paths of segments of which `open` has found nothing that can be read. */
  readonly putAside: string[] = []

  constructor(folder: string, meta: LogMeta, limits: SegmentLimits, runtime: Runtime) {
    this.folder = folder
    this.#runtime = runtime
    this.#meta = meta
    this.#limits = limits
    this.#longReads = new LongReads(runtime)
    makeFolder(folder)
    this.#next = new NextSegment({
      folder: join(dirname(folder), 'next-segment'),
      tables: SEGMENT_TABLES,
      mapSize: this.#mapSize,
    })
  }

  /** Finds the existing segments, and opens the last one for writing. */
  async open(): Promise<void> {
    await this.#next.discard()
    for (const firstSeq of await removeRemains(this.folder)) this.#meta.forgetSegmentTotals(firstSeq)
    await removeRemains(this.folder, COMPRESSING)
    const found = segmentNames(this.folder).map((name) => this.#segment(Number(name)))
    while (found.length > 0 && !(await this.#openActive(found.at(-1)!))) found.pop()
    // From the last one back: a damaged segment takes its end from the next one.
    for (let at = found.length - 2; at >= 0; at--) await this.#openSealed(found[at], found[at + 1])
    for (const segment of found) {
      const before = this.#all.at(-1)
      if (before !== undefined && isShadow(segment, before)) await segment.remove()
      else this.#all.push(segment)
    }
    this.#commits = this.active?.totals.commits ?? 0
  }

  /** The findings of `open`. */
  get found(): FoundSegments {
    const { active } = this
    const lastStored = active?.lastSeq ?? 0
    const gone = this.#meta.sealedSegments.filter(({ firstSeq, lastSeq }) => {
      return lastSeq <= lastStored && this.#all.every((segment) => segment.firstSeq !== firstSeq)
    })
    return {
      lastStored,
      gone: gone.map(({ firstSeq, lastSeq }) => ({ from: firstSeq, to: lastSeq })),
      isDamaged: this.putAside.length > 0 || active?.fault !== undefined,
      active: active?.firstSeq,
    }
  }

  get all(): readonly Segment[] {
    return this.#all
  }

  get active(): Segment | undefined {
    return this.#all.at(-1)
  }

  /** Number of commits since the log was created. */
  get commits(): number {
    return this.#commits
  }

  get bytes(): number {
    return this.#all.reduce((sum, { totals }) => sum + totals.bytes, 0)
  }

  /** Set while a segment is opening or closing; nothing can be read before it resolves. */
  get opening(): Promise<void> | undefined {
    return this.active?.opening ?? this.#open.find(({ opening }) => opening !== undefined)?.opening
  }

  /** True if the active segment accepts no further chunks. */
  get isFull(): boolean {
    const { active } = this
    return active !== undefined && this.#isFull(active, active.totals.lastTime)
  }

  /** Commits the writes, which are flushed when it resolves. A new segment begins only with a new chunk. */
  async store(writes: readonly ChunkWrite[]): Promise<void> {
    const [{ append, chunk }] = writes
    const { active } = this
    active?.checkLength()
    const begins =
      active === undefined || active.fault !== undefined || (append && this.#isFull(active, chunk.firstTime))
    if (begins) await this.#begin(chunk.firstSeq)
    // A segment may also begin with the retry of a commit that has failed.
    const isFirst = this.active!.totals.count === 0
    await this.active!.store(writes, this.#commits + 1)
    if (isFirst) this.#meta.segmentBegun(chunk.firstSeq)
    this.#commits++
    if (this.#isNearlyFull) this.#next.prepare()
    for (const write of writes) this.#cache.delete(write.chunk.firstSeq)
  }

  /**
   * Returns the chunk that contains `seq`, else the next one in the direction of reading. With `onlyGaps`, leaves out
   * chunks that are known to have no reports of lost events.
   */
  locate(seq: number, backwards: boolean, onlyGaps = false): ChunkLocation | undefined {
    const step = backwards ? -1 : 1
    for (let at = Math.max(this.#indexOf(seq), backwards ? -1 : 0); at in this.#all; at += step) {
      if (!backwards && this.#all[at].lastSeq < seq) continue
      const segment = this.#all[at]
      const chunk = onlyGaps
        ? this.#locateGap(segment, seq, backwards)
        : this.#used(segment).locate(seq, backwards)
      if (chunk !== undefined) return { segment, chunk }
    }
    return undefined
  }

  /** A segment without such chunks is not even opened. */
  #locateGap(segment: Segment, seq: number, backwards: boolean): StoredSummary | undefined {
    const { gapChunks } = segment.totals
    if (gapChunks === undefined) return this.#used(segment).locate(seq, backwards)
    const before = gapChunks.findLast((firstSeq) => firstSeq <= seq)
    const chunk = before === undefined ? undefined : this.#used(segment).locate(before, false)
    if (backwards || (chunk !== undefined && chunk.lastSeq >= seq)) return chunk
    const after = gapChunks.find((firstSeq) => firstSeq > seq)
    return after === undefined ? undefined : this.#used(segment).locate(after, false)
  }

  /** Returns the first chunk, or damaged range, that ends at this time (µs) or later. */
  locateTime(micros: number): SeqRange | undefined {
    const segment = this.#all.find(({ totals }) => totals.lastTime >= micros)
    return segment && locateTime(this.#used(segment), micros)
  }

  /**
   * Loads a chunk for a reader. With `more`, loads a small chunk together with those that follow and fit into a batch.
   * Throws NotReady until a long chunk is read, which takes several turns.
   */
  read(location: ChunkLocation, more: boolean): FrameRange {
    const { segment, chunk } = location
    if (chunk.bytes <= BYTES_A_TURN || segment.fault !== undefined) return this.load(location, more)
    const known = this.#cache.get(chunk.firstSeq)
    if (known !== undefined) return known
    const run = this.#longReads.load(this.#used(segment), chunk)
    this.#cache.put(run)
    return run
  }

  /** Loads a chunk in this turn. */
  load({ segment, chunk }: ChunkLocation, more = false): FrameRange {
    const known = this.#cache.get(chunk.firstSeq)
    if (known !== undefined) return known
    const maxBytes = more && chunk.bytes < BATCH_BYTES / 4 ? BATCH_BYTES : chunk.bytes
    const run = this.#used(segment).loadSeveral(chunk, maxBytes, this.#memory)
    this.#cache.put(run)
    return run
  }

  /** Takes note of a slab that leaves the ring: readers need not load its event while anybody else still reads it. */
  share(slab: FrameRange): void {
    this.#cache.share(slab)
  }

  /** Removes up to `count` of the oldest segments, and stops at one that is being read. The active one stays. */
  removeOldest(count: number): Promise<Segment[]> {
    // Found before others that wait remove theirs: the count is of the segments that there are now.
    const end = this.#all[Math.min(count, this.#all.length - 1)]?.firstSeq ?? 0
    const removal = this.#removal.then(() => this.#removeBefore(end))
    this.#removal = removal.catch(() => undefined)
    return removal
  }

  async #removeBefore(end: number): Promise<Segment[]> {
    const removed: Segment[] = []
    if (this.#isClosed) return removed
    await removeRemains(this.folder)
    if (end <= (this.#all[0]?.firstSeq ?? 0)) return removed
    // Events before it are known to be removed on purpose, even if the process ends before that is done.
    let isRecorded = await this.#recordKept(end)
    while (this.#mayRemoveFirst(end)) {
      removed.push(await this.#removeFirst())
      if (!isRecorded) isRecorded = await this.#recordKept(end)
    }
    if (removed.length > 0) await flush(this.folder)
    return removed
  }

  #mayRemoveFirst(end: number): boolean {
    const [first] = this.#all
    return !this.#isClosed && this.#all.length > 1 && first.firstSeq < end && first.readers === 0
  }

  /** Describes how to rewrite a sealed segment, in a folder beside it. */
  rewriteOf({ firstSeq, folder }: Segment, forms: StoredForms): RewriteTask {
    return { firstSeq, folder, target: folder + COMPRESSING, mapSize: this.#mapSize, ...forms }
  }

  /** Puts a file with the same events in other chunks in the place of that of a sealed segment. Rejects with a DiskFault. */
  async replaceFile(segment: Segment, file: string): Promise<void> {
    this.#cache.deleteBetween(segment.firstSeq, segment.lastSeq)
    this.index.forget(segment.firstSeq, segment.lastSeq)
    await segment.replaceFile(file)
  }

  /** Closes all segments, once a removal that has begun is complete: another log may open the folder then. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#removal
    await this.#next.discard()
    for (const segment of this.#all) await segment.retire()
  }

  /** Returns false if the disk is full: removing makes the room that the record needs. */
  async #recordKept(firstSeq: number): Promise<boolean> {
    try {
      await this.#meta.keptFrom(firstSeq)
      return true
    } catch (thrown) {
      if (thrown instanceof DiskFault && thrown.kind === 'full') return false
      throw thrown
    }
  }

  get #mapSize(): number {
    return Math.max(MIN_MAP, this.#limits.bytes + MAP_MARGIN)
  }

  #segment(firstSeq: number): Segment {
    return new Segment(firstSeq, join(this.folder, nameOf(firstSeq)), this.#mapSize, this.#runtime)
  }

  async #removeFirst(): Promise<Segment> {
    // Removed from the list first, so that no new read uses it.
    const segment = this.#all.shift()!
    this.#open = this.#open.filter((other) => other !== segment)
    this.#cache.deleteBefore(this.#all[0].firstSeq)
    try {
      await segment.remove()
    } catch (thrown) {
      this.#all.unshift(segment)
      throw thrown
    }
    this.#meta.forgetSegmentTotals(segment.firstSeq)
    return segment
  }

  /** Opens a segment for writing; removes it and returns false if nothing in it can be read. */
  async #openActive(segment: Segment): Promise<boolean> {
    segment.open(false)
    const totals = segment.readTotals()
    if (totals !== undefined) segment.totals = totals
    else if (segment.fault === undefined) await segment.remove()
    else {
      await segment.shut()
      this.putAside.push(putAside(segment.folder, this.#runtime))
    }
    return totals !== undefined
  }

  async #openSealed(segment: Segment, next: Segment): Promise<void> {
    segment.isCompressed = this.#meta.isCompressed(segment.firstSeq)
    segment.isIndexed = this.#meta.isIndexed(segment.firstSeq)
    const known = this.#meta.segmentTotals(segment.firstSeq)
    if (known !== undefined) {
      segment.totals = known
      return
    }
    try {
      // At once: nobody is served yet.
      segment.open(true)
      segment.totals = segment.readTotals() ?? segment.totals
      // The last events of a damaged segment may not have been found.
      if (segment.fault === undefined && segment.totals.count > 0)
        this.#meta.keepSegmentTotals(segment.totals)
      if (segment.fault !== undefined) segment.totals.lastSeq = next.firstSeq - 1
    } catch {
      // A damaged segment is reported when it is read; the rest of the log remains usable.
      const { firstSeq, totals } = next
      const gapChunks = undefined
      segment.totals = { ...segment.totals, lastSeq: firstSeq - 1, lastTime: totals.firstTime, gapChunks }
    }
    await segment.shut()
  }

  get #isNearlyFull(): boolean {
    const { bytes, firstTime, lastTime } = this.active!.totals
    return bytes >= this.#limits.bytes * NEARLY || lastTime - firstTime >= this.#limits.age * NEARLY
  }

  #isFull({ totals, fault }: Segment, time: number): boolean {
    if (fault !== undefined) return true
    return totals.bytes >= this.#limits.bytes || time - totals.firstTime >= this.#limits.age
  }

  async #begin(firstSeq: number): Promise<void> {
    const segment = this.#segment(firstSeq)
    try {
      await this.#next.moveTo(segment.folder)
      segment.open(false, true)
    } catch (thrown) {
      // The retry stores the chunk in the previous segment.
      await segment.remove().catch(() => undefined)
      throw thrown
    }
    const sealed = this.active
    this.#all.push(segment)
    if (sealed === undefined) return
    void sealed.shut()
    this.#meta.keepSegmentTotals(sealed.totals)
    this.onSealed()
  }

  /** Returns the index of the segment that `seq` belongs to; -1 before the first. */
  #indexOf(seq: number): number {
    return this.#all.findLastIndex(({ firstSeq }) => firstSeq <= seq)
  }

  #used(segment: Segment): Segment {
    if (segment === this.active || this.#open.at(-1) === segment) return segment
    this.#open = [...this.#open.filter((other) => other !== segment), segment]
    if (this.#open.length > MAX_OPEN) void this.#open.shift()!.shut()
    return segment
  }
}

/**
 * Returns true for an empty segment whose first event is stored in the previous one. Its folder was created for
 * a segment that could not begin, and would hide the events that follow.
 */
function isShadow({ firstSeq, totals }: Segment, before: Segment): boolean {
  return totals.count === 0 && before.totals.lastSeq >= firstSeq
}
