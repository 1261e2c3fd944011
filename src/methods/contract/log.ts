import type { CompactionReport, LogCompression, LostRange, Retention } from '../../log/event-log.js'
import type { NoParams } from './params.js'

/** The log. */
export interface LogMethods {
  'log.info': { params: NoParams; result: LogInfo }
  /** Sends a `VerifyPart` for each chunk. */
  'log.verify': { params: NoParams; result: VerifyReport }
  /** Sends a `CompressPart` for each segment. */
  'log.compress': { params: NoParams; result: CompressReport }
  /** Applies the configured retention if there is no policy. */
  'log.compact': { params: { policy?: Retention }; result: CompactionReport }
}

export interface LogInfo {
  engine: string
  epoch: string
  /** Seqs of the first and last event that can be read; `first` is `last + 1` in an empty log. */
  first: number
  last: number
  firstTime?: number
  lastTime?: number
  /** Bytes of the events, which take fewer on the disk when they are compressed. */
  bytes: number
  segments: number
  compression?: LogCompression
  unflushedBytes: number
  flushMicros: number
  durable: boolean
  retention: Retention
  lost: LostRange[]
  lastCompaction?: CompactionReport
  /** By how much the clock of the hub has jumped ahead, µs, while retention by age does not count it. */
  clockAhead?: number
  fault?: { code: string; message: string }
}

export interface VerifyPart {
  segment: string
  firstSeq: number
  lastSeq: number
  count: number
  bytes: number
  error?: { code: string; message: string }
}

export interface VerifyReport {
  chunks: number
  events: number
  bytes: number
  faulty: number
}

export interface CompressPart {
  segment: string
  firstSeq: number
  lastSeq: number
  /** Bytes of its events. */
  plainBytes: number
  /** Bytes of its file. */
  bytesBefore: number
  bytesAfter: number
  /** Segments that are compressed after it. */
  left: number
  error?: { code: string; message: string }
}

export interface CompressReport {
  segments: number
  plainBytes: number
  bytesBefore: number
  bytesAfter: number
  /** Segments that stay as they were because of a fault. */
  failed: number
}
