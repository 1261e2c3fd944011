export { logEngine, logEngines, openEventLog } from './engines.js'
export type {
  ChunkCheck,
  ChunkSummary,
  CompactionCause,
  CompactionReport,
  CompressedSegment,
  DamagedRange,
  EventLog,
  FrameBatch,
  LogCapabilities,
  LogCompression,
  LogReader,
  LogStats,
  ProducerRange,
  ReadLimits,
  Retention,
  SeqRange,
  TopCounts,
  WordIndex,
} from './event-log.js'
export { type LmdbLogOptions, openLmdbLog } from './lmdb/lmdb-log.js'
export { inspectLmdbLog, type LogFindings, repairLmdbLog, type SegmentFindings } from './lmdb/repair.js'
export { type FramePieces, restoreLmdbLog } from './lmdb/restore.js'
export type { LogEngine, LogSettings, OpenLogOptions } from './log-engine.js'
export { type MemoryLogOptions, openMemoryLog } from './memory-log.js'
