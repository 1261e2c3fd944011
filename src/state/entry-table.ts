import { TocsinError } from '../errors/tocsin-error.js'
import { isOneOf } from '../event/one-of.js'
import { BUCKETS, type BucketName } from './state-store.js'

/** The stored part of a bucket, provided by an engine. Everything else about a bucket is the same in all engines. */
export interface EntryTable {
  /** Highest revision ever used in this bucket; 0 in a new one. */
  readonly revision: number
  /** Nothing can be read before it resolves. */
  readonly opening?: Promise<void> | undefined
  get(key: string): StoredEntry | undefined
  /** Resolves when the entry is stored; entries are stored in the order of the calls. */
  put(key: string, entry: StoredEntry): Promise<void>
  /** Removes the entry; `revision` is that of the removal. */
  remove(key: string, revision: number): Promise<void>
  /** Returns the next keys, in order, that begin with `prefix` and come after `after`. */
  keys(prefix: string, after: string | undefined, limit: number): string[]
}

export interface StoredEntry {
  value: Uint8Array
  revision: number
  /** µs since the epoch */
  written: number
}

const MAX_KEY_BYTES = 512
export const MAX_VALUE_BYTES = 1024 * 1024

export function checkBucketName(name: string): asserts name is BucketName {
  if (!isOneOf(BUCKETS, name)) throw invalid(`there is no bucket ${JSON.stringify(name)}`)
}

export function checkKey(key: string): void {
  if (key.length === 0 || Buffer.byteLength(key) > MAX_KEY_BYTES)
    throw invalid(`a key has 1 to ${MAX_KEY_BYTES} bytes`)
  if (/[\u0000-\u001f\u007f\p{Surrogate}]/u.test(key)) {
    throw invalid(`a key is text without control characters, not ${JSON.stringify(key.slice(0, 80))}`)
  }
}

export function checkPrefix(prefix: string): void {
  if (prefix !== '') checkKey(prefix)
}

export function checkValue(value: Uint8Array, maxBytes: number): void {
  if (value.length > maxBytes)
    throw invalid(`a value of ${value.length} bytes; at most ${maxBytes} are taken`)
}

export function conflict(key: string, expected: number, actual: number): TocsinError {
  return new TocsinError('TCN_STATE_CONFLICT', `${key} is at revision ${actual}, not ${expected}`, {
    details: { key, expected, actual },
  })
}

function invalid(reason: string): TocsinError {
  return new TocsinError('TCN_STATE_INVALID', reason)
}

/** Compares keys by their UTF-8 bytes, so that their order is the same in every engine. */
export function compareKeys(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
