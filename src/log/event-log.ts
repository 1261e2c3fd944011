import type { TocsinError } from '../errors/tocsin-error.js'
import type { NeededTokens } from '../filter/tokens/needed.js'
import type { RefusedSpan } from './refused-spans.js'

/**
 * Whole frames, back to back, in order. The batch object may be reused after the call or turn in which it was
 * handed out; its bytes never change, however long they are kept, unless `release` is called.
 */
export interface FrameBatch {
  bytes: Uint8Array
  count: number
  /** Ignored by `append`: the log assigns the numbers. */
  firstSeq: number
  lastSeq: number
  producers?: ProducerRange[]
  /** For `append`: nobody else uses the memory of the bytes any more, so that the log may keep and change it. */
  given?: boolean
  /** For `append`: nobody waits for the answer, which may come as late as it must. */
  patient?: boolean
  /** Set if the memory of the bytes can be used again. To be called, at most once, when nothing refers to them. */
  release?: () => void
}

/** The counters of one producer in a batch; stored in the same transaction as the frames. */
export interface ProducerRange {
  key: string
  first: number
  last: number
  count: number
  /** Counters up to `last` whose events were refused, in rising order. */
  refused?: readonly RefusedSpan[]
  /** The hub no longer knows which of the counters up to this one were refused. */
  forgotten?: number
}

/** Counters of producers, and the time of the last event that they belong to, µs. */
export interface StoredCounters {
  producers: readonly ProducerRange[]
  time: number
}

/** Tokens that the wanted events have. */
export interface NeededWords {
  readonly tokens: NeededTokens
  /**
   * Returns whether the reader may see all events with these tag prefixes. Only then the index may be asked: whether it
   * finds a word shows in the time of the answer. Absent for a reader without limits.
   */
  seesAll?(prefixes: TopCounts): boolean
}

/** Limits of a read. A read never goes past the value that `last` had when it was requested. */
export interface ReadLimits {
  /** Last seq to read, inclusive. */
  to?: number
  events?: number
  /** Approximate maximum of bytes; at least one frame is always returned. */
  bytes?: number
  backwards?: boolean
  /** Tag prefixes, as a hint: the result may contain other events too, but never omits one that matches. */
  prefixes?: readonly string[]
  /** Words, as a hint of the same kind. */
  needed?: NeededWords
  signal?: AbortSignal
  /**
   * Called for each range of events that cannot be read because their storage is damaged, before the batch after
   * it, and cut to what is read. Without it, such a range ends the read with TCN_LOG_CORRUPT.
   */
  damaged?: (range: SeqRange) => void
}

/** The guarantees in which engines differ. Fixed while the log is open. */
export interface LogCapabilities {
  /**
   * Events survive the end of the process, and `durable(seq)` resolves once they are flushed to the disk.
   * Otherwise `durable` rejects with TCN_LOG_NOT_DURABLE, and the events are lost when the log is closed.
   */
  readonly durable: boolean
  /**
   * Other hubs append to the log as well: `onStored` also reports their events, and `first` and `last` may
   * change without a call from this process. Otherwise this process is the only writer.
   */
  readonly shared: boolean
}

/** The reading interface of a log. */
export interface LogReader {
  readonly capabilities: LogCapabilities
  /** The largest frame that it can store, bytes; absent if any can be. */
  readonly largestFrame?: number
  /** Random id of the log, new when a log is created or restored. */
  readonly epoch: string
  /** First seq that can be read; `last + 1` in an empty log. */
  readonly first: number
  /** Last seq that can be read; 0 in a new log. */
  readonly last: number
  /** Ranges of seqs without events, oldest first: lost in an unclean stop, or with a part of the log. */
  readonly lost: readonly LostRange[]
  /** The damage that was found when the log was opened, apart from ranges of events, for its operator. */
  readonly findings?: readonly string[]
  /** Damaged ranges that reads have met since the log was opened, and that it still keeps. */
  readonly damage?: readonly DamagedRange[]
  readonly stats: LogStats
  /**
   * Resolves when everything that is stored now can be read here, for a log to which others append too: with the time now by
   * the clock that gives events theirs, µs, if that is known.
   */
  caughtUp?(): Promise<number | undefined>
  /** Reads from `from`, inclusive, or downwards from it with `backwards`. A batch is always in ascending order. */
  read(from: number, limits: ReadLimits): AsyncIterable<FrameBatch>
  /** Resolves with the first seq at or after the time (µs), `last + 1` if there is none. */
  seek(timeMicros: number): Promise<number>
  /** Returns the sound summaries of stored chunks, without reading events. Without this method, counts are bounded scans. */
  summaries?(from: number, to: number): AsyncIterable<ChunkSummary>
  /**
   * Returns the ranges without an event that happened in this span, as far as the log knows that without reading
   * summaries: in rising order.
   */
  without?(span: TimeSpan): SeqRange[]
  /** Returns the counters of producers in the events from `from` on; only for a log without summaries. */
  counters?(from: number): AsyncIterable<StoredCounters>
  /** The compression of stored events; absent if the engine has none. */
  readonly compression?: LogCompression
  /** Compresses segments by itself once they take no more events, or no further one. */
  compressByItself?(isAutomatic: boolean): void
  /** Compresses the segments that take no more events, one after the other, which changes nothing for readers. */
  compress?(signal: AbortSignal): AsyncIterable<CompressedSegment>
  /** The index of the words of stored events; absent if the engine has none. */
  readonly wordIndex?: WordIndex
  /** Makes the index of the segments that take no more events and have none, one after the other. */
  buildIndex?(signal: AbortSignal): AsyncIterable<CompressedSegment>
  /** Reads every stored chunk and compares it with its checksum. */
  verify?(signal?: AbortSignal): AsyncIterable<ChunkCheck>
}

export interface EventLog extends LogReader {
  /**
   * Copies the frames or keeps those it is given, assigns seq and time, and calls `done` when they are stored in order,
   * with how many of them have seqs one after another up to `lastSeq`; by default all.
   */
  append(
    batch: FrameBatch,
    done: (error: TocsinError | undefined, lastSeq: number, run?: number) => void,
  ): void
  /** Resolves when everything appended before is stored, for a log that does not store it in the same turn. */
  settled?(): Promise<void>
  /** Calls the listener with stored events in seq order, once they can be read. Returns a function that removes it. */
  onStored(listener: (batch: FrameBatch) => void): () => void
  /**
   * Sets the listener for damage, which is called once for each range of which events were found to be missing when
   * the log was opened, and for each damaged range that a read meets.
   */
  onDamage?(listener: (damage: DamagedRange) => void): void
  /** Resolves when everything up to seq is flushed to the disk. See `LogCapabilities.durable`. */
  durable(seq: number): Promise<void>
  /** Last seq that is known to be flushed: before `last` in a log whose events can be read before they are. */
  readonly flushed: number
  compact(policy: Retention, cause?: CompactionCause): Promise<CompactionReport>
  /** The parts that `compact` can remove, oldest first; absent if the engine has no files of its own. */
  removable?(): RemovablePart[]
  close(): Promise<void>
}

export interface SeqRange {
  from: number
  to: number
}

/** A part of the log that is removed as a whole. */
export interface RemovablePart extends SeqRange {
  /** Size on the disk. */
  bytes: number
}

export interface LostRange extends SeqRange {
  /** True if events of the range had been stored. Otherwise they were lost in an unclean stop. */
  damaged?: true
}

/** A range of events that cannot be read because their storage is damaged. */
export interface DamagedRange extends SeqRange {
  reason: string
}

export interface LogStats {
  /** Name of the engine, for display only; code checks `capabilities`. */
  engine: string
  /** Bytes of frames that can be read; on the disk they may take fewer. */
  bytes: number
  /** Bytes appended but not yet flushed to the disk; publishers are paused above a limit. */
  unflushedBytes: number
  segments: number
  /** The last disk fault; undefined once a commit has succeeded. */
  fault?: TocsinError
  /** Duration of the last flush, µs. */
  flushMicros: number
}

export interface LogCompression {
  /** True if segments are compressed by themselves when they take no more events. */
  isAutomatic: boolean
  /** Compressed segments. */
  segments: number
  /** Bytes of the frames in compressed segments. */
  plainBytes: number
  /** Bytes of the files of compressed segments. */
  diskBytes: number
}

export interface WordIndex {
  /** True if segments get an index by themselves when they take no more events. */
  isAutomatic: boolean
  /** Segments with an index. */
  segments: number
  /** Sealed segments without one. */
  missing: number
  /** Bytes of the filters that are kept in memory. */
  memoryBytes: number
  /** Chunks that questions did not read, because the index knows that their words are not there. */
  skippedChunks: number
}

/** The outcome for one segment that was rewritten. */
export interface CompressedSegment {
  segment: string
  firstSeq: number
  lastSeq: number
  /** Bytes of its frames. */
  plainBytes: number
  /** Bytes of its file. */
  bytesBefore: number
  bytesAfter: number
  /** Segments that come after it. */
  left: number
  /** Why it stays as it was. */
  error?: TocsinError
}

export interface ChunkSummary {
  firstSeq: number
  lastSeq: number
  /** Time of the first event, µs. */
  firstTime: number
  /** Time of the last event, µs. */
  lastTime: number
  count: number
  bytes: number
  crc32: number
  types: TopCounts
  sources: TopCounts
  /**
   * Counts by the first two segments of the tag, with the slash after them if there is one. Chunks of earlier builds
   * lack the slash, so `salt/job` may count longer tags too; `salt/job/` counts only these.
   */
  prefixes: TopCounts
  producers: ProducerRange[]
  /** When those events happened that say so themselves; undefined if the chunk was stored by an earlier build. */
  eventTimes?: EventTimes
}

/** A span of time, both ends inclusive, µs. */
export interface TimeSpan {
  from: number
  to: number
}

/** When those events of a chunk happened that say so themselves. */
export interface EventTimes {
  /** Number of these events; all others happened when they were stored. */
  count: number
  /**
   * At most two spans with the times of all of them, the earlier first. One would be too few: a single event of now
   * among lines of yesterday makes it a day.
   */
  spans: readonly TimeSpan[]
}

/** The most frequent values with their counts; `complete` if there were no others. */
export interface TopCounts {
  counts: [value: string, count: number][]
  complete: boolean
}

export interface ChunkCheck {
  segment: string
  firstSeq: number
  lastSeq: number
  count: number
  bytes: number
  error?: TocsinError
}

/** Limits on what is kept. Events over any limit may be removed, in whole segments. */
export interface Retention {
  /** Largest age of events, µs. */
  age?: number
  bytes?: number
  count?: number
  /** Number of the last event that is no longer needed. */
  through?: number
}

/** `full`: the disk was full, and the events were safe elsewhere. */
export type CompactionCause = 'automatic' | 'manual' | 'full'

export interface CompactionReport {
  file: string
  cause: CompactionCause
  bytesBefore: number
  bytesAfter: number
  /** Bytes after the previous compaction; 0 for the first one. */
  bytesAfterLast: number
  /** Start of the compaction, µs since the Unix epoch. */
  start: number
  /** Duration of the compaction, µs. */
  duration: number
  /** Commits since the last compaction. */
  transactions: number
  removed?: SeqRange
}
