import { eachHeader } from '../../storage/nats/header-block.js'
import { compareKeys } from '../entry-table.js'

/** The facts about an entry, without its value. */
export interface IndexedEntry {
  revision: number
  /** Time of writing by the clock of the hub that wrote it, µs. */
  written: number
}

/** The header of a record: by whom and when it was written, and whether it is a deletion. */
export interface RecordHeader {
  written: number
  /** Different for each write. */
  write: string
  isDeleted: boolean
}

export const WRITTEN = 'tocsin-written'
export const WRITE = 'tocsin-write'
/** The header by which a key-value bucket of NATS marks a deletion. */
export const OPERATION = 'KV-Operation'

export function readRecordHeader(block: string): RecordHeader {
  const header = { written: Number.POSITIVE_INFINITY, write: '', isDeleted: false }
  eachHeader(block, (name, value) => {
    if (name === WRITTEN) header.written = Number(value)
    else if (name === WRITE) header.write = value
    else if (name === OPERATION) header.isDeleted = value !== 'PUT'
  })
  return header
}

/** The keys of a bucket with their revisions, as of a position in its stream. */
export class BucketIndex {
  readonly #entries = new Map<string, IndexedEntry>()
  #sorted: string[] | undefined

  get(key: string): IndexedEntry | undefined {
    return this.#entries.get(key)
  }

  set(key: string, entry: IndexedEntry): void {
    if (!this.#entries.has(key)) this.#sorted = undefined
    this.#entries.set(key, entry)
  }

  remove(key: string): void {
    if (this.#entries.delete(key)) this.#sorted = undefined
  }

  /** Returns the next keys, in order, that begin with `prefix` and come after `after`. */
  keys(prefix: string, after: string | undefined, limit: number): string[] {
    this.#sorted ??= [...this.#entries.keys()].sort(compareKeys)
    const start = firstWhere(this.#sorted, (key) =>
      after === undefined || compareKeys(after, prefix) < 0
        ? compareKeys(key, prefix) >= 0
        : compareKeys(key, after) > 0,
    )
    const keys: string[] = []
    for (let at = start; at < this.#sorted.length && keys.length < limit; at++) {
      if (!this.#sorted[at].startsWith(prefix)) break
      keys.push(this.#sorted[at])
    }
    return keys
  }
}

/** Returns the index of the first element for which `isAfter` is true; it is true for all after that one too. */
function firstWhere(sorted: readonly string[], isAfter: (key: string) => boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isAfter(sorted[middle])) high = middle
    else low = middle + 1
  }
  return low
}
