import type { Runtime } from '../event/runtime.js'
import {
  checkBucketName,
  compareKeys,
  type EntryTable,
  MAX_VALUE_BYTES,
  type StoredEntry,
} from './entry-table.js'
import type { BucketName, StateStore } from './state-store.js'
import { StoredBucket } from './stored-bucket.js'

export interface MemoryStateOptions {
  runtime: Runtime
  /** Largest value. Default 1 MiB. */
  maxValueBytes?: number
}

/** Opens a state store in memory, which is lost when its process ends. */
export function openMemoryState({
  runtime,
  maxValueBytes = MAX_VALUE_BYTES,
}: MemoryStateOptions): StateStore {
  const buckets = new Map<BucketName, StoredBucket>()
  return {
    isNew: true,
    bucket(name, options = {}) {
      checkBucketName(name)
      const bucket = buckets.get(name) ?? new StoredBucket(memoryTable(), runtime, maxValueBytes)
      buckets.set(name, bucket)
      bucket.configure(options)
      return bucket
    },
    async close() {
      for (const bucket of buckets.values()) await bucket.close()
    },
  }
}

function memoryTable(): EntryTable {
  const entries = new Map<string, StoredEntry>()
  let sorted: string[] | undefined
  return {
    revision: 0,
    get: (key) => entries.get(key),
    async put(key, entry) {
      if (!entries.has(key)) sorted = undefined
      entries.set(key, entry)
    },
    async remove(key) {
      entries.delete(key)
      sorted = undefined
    },
    keys(prefix, after, limit) {
      sorted ??= [...entries.keys()].sort(compareKeys)
      return nextKeys(sorted, prefix, after, limit)
    },
  }
}

function nextKeys(sorted: string[], prefix: string, after: string | undefined, limit: number): string[] {
  const start = after === undefined ? firstAtLeast(sorted, prefix) : firstAfter(sorted, after)
  const keys: string[] = []
  for (let at = start; at < sorted.length && keys.length < limit && sorted[at].startsWith(prefix); at++) {
    keys.push(sorted[at])
  }
  return keys
}

function firstAfter(sorted: string[], key: string): number {
  const at = firstAtLeast(sorted, key)
  return sorted[at] === key ? at + 1 : at
}

function firstAtLeast(sorted: string[], key: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareKeys(sorted[middle], key) < 0) low = middle + 1
    else high = middle
  }
  return low
}
