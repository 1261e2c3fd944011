import type { LockHolder } from '../../storage/lock-holder.js'
import type { CompactionReport, LostRange } from '../event-log.js'

/** Prefix of the names of the totals of sealed segments. */
export const SEGMENT = 'segment/'
/** Prefix of the names of the records of compressed segments. */
export const COMPRESSED = 'compressed/'
/** Prefix of the names of the records of segments with an index of words; each is the format of its index. */
export const INDEXED = 'indexed/'

/** The records that a log keeps about itself, each stored as JSON under its name. */
export interface Records {
  format: number
  epoch: string
  lock: LockHolder
  /** The first seq that is not reserved. After a clean stop it is the next one to be assigned. */
  reserved: number
  /** The same, written in advance. It has its own key because it may be flushed after a higher `reserved`. */
  reservedAhead: number
  /** A seq that is stored for certain; after a clean stop the last one. */
  stored: number
  /** The first seq that retention has not removed. */
  kept: number
  lost: LostRange[]
  compaction: { report: CompactionReport; commits: number }
}

/** The records that cannot be determined again. */
export function isEssential(name: string): boolean {
  return ['format', 'epoch', 'reserved', 'reservedAhead', 'stored', 'lost'].includes(name)
}

export function parsed(value: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(value).toString())
  } catch {
    return undefined
  }
}

export function toBytes(value: unknown): Uint8Array | undefined {
  return value === undefined ? undefined : Buffer.from(JSON.stringify(value))
}
