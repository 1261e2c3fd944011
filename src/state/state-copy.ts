import { readU64, writeU64 } from '../event/frame.js'
import { isOneOf } from '../event/one-of.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import { readChecked, writeChecked } from '../storage/checked-file.js'
import type { Environment, Write } from '../storage/environment.js'
import { decodeEntry } from './entry-codec.js'
import type { BucketName } from './state-store.js'

/** The buckets with what nobody can find out again. */
const COPIED = ['principals', 'consumers', 'sources', 'meta'] as const
type Copied = (typeof COPIED)[number]

/** Largest state of which a copy is read. */
const MAX_BYTES = 64 * 1024 * 1024
/** Least time between two copies, ms; a copy of more than LARGE bytes is made less often. */
const PAUSE = 5000
const PAUSE_IF_LARGE = 60_000
const LARGE = 1024 * 1024

/** The stored entries of each bucket, in base64, by key. */
export type CopiedEntries = Partial<Record<Copied, Record<string, string>>>

export function copyPath(folder: string): string {
  return `${folder}.copy`
}

/** Returns what the copy of the store in this folder contains; undefined if there is no sound one. */
export function readStateCopy(folder: string): CopiedEntries | undefined {
  return readChecked(copyPath(folder), MAX_BYTES)
}

/**
 * A copy of the entries that nobody can find out again: tokens, passwords, positions of consumers and sources, and the
 * certificate that the hub has made for itself. A position in the copy may be some seconds old, so that events are
 * repeated. A token is copied at once: an older copy would bring back one that was revoked.
 */
export class StateCopy {
  readonly #environment: Environment
  readonly #runtime: Runtime
  #isChanged = false
  #isUrgent = false
  #writing: Promise<void> | undefined
  #pause: Cancel | undefined
  #bytes = 0

  constructor(environment: Environment, runtime: Runtime) {
    this.#environment = environment
    this.#runtime = runtime
  }

  /** Called when an entry of the bucket was stored or removed. */
  changed(bucket: BucketName): void {
    if (!isCopied(bucket)) return
    this.#isChanged = true
    this.#isUrgent ||= bucket === 'principals'
    this.#writeIfDue()
  }

  /** Writes the last changes. */
  async close(): Promise<void> {
    await this.#writing
    this.#isUrgent = this.#isChanged
    this.#writeIfDue()
    await this.#writing
    this.#pause?.()
  }

  #writeIfDue(): void {
    if (!this.#isChanged || this.#writing !== undefined) return
    if (this.#pause !== undefined && !this.#isUrgent) return
    this.#isChanged = false
    this.#isUrgent = false
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined
      this.#pause?.()
      this.#pause = this.#runtime.after(this.#bytes > LARGE ? PAUSE_IF_LARGE : PAUSE, () => {
        this.#pause = undefined
        this.#writeIfDue()
      })
      this.#writeIfDue()
    })
  }

  async #write(): Promise<void> {
    try {
      this.#bytes = await writeChecked(copyPath(this.#environment.folder), entriesOf(this.#environment))
    } catch {
      // The next change tries again; until then the copy is older.
      this.#isChanged = true
    }
  }
}

/** Number of entries taken from the copy, by bucket. */
export type RestoredEntries = Partial<Record<BucketName, number>>

/**
 * Stores entries of the copy: those whose stored entry is damaged, and in the buckets of `incomplete` those that are
 * missing.
 */
export async function restoreEntries(
  environment: Environment,
  copy: CopiedEntries,
  incomplete: readonly string[],
): Promise<RestoredEntries> {
  const restored: RestoredEntries = {}
  const writes: Write[] = []
  for (const bucket of COPIED) {
    let highest = 0
    for (const [key, text] of Object.entries(copy[bucket] ?? {})) {
      const stored = environment.table(bucket).get(key)
      if (stored === undefined ? !incomplete.includes(bucket) : isSound(key, stored)) continue
      const value = Buffer.from(text, 'base64')
      highest = Math.max(highest, decodeEntry(key, value).revision)
      writes.push({ table: bucket, key, value })
      restored[bucket] = (restored[bucket] ?? 0) + 1
    }
    if (highest > 0) writes.push(...revisionOf(environment, bucket, highest))
  }
  if (writes.length > 0) await environment.commit(writes)
  return restored
}

/** Table of the highest revision of each bucket, by its name. */
export const REVISIONS = 'revisions'

function revisionOf(environment: Environment, bucket: BucketName, least: number): Write[] {
  const stored = environment.table(REVISIONS).get(bucket)
  const known = stored === undefined ? 0 : readU64(stored, 0)
  if (known >= least) return []
  const value = new Uint8Array(8)
  writeU64(value, 0, least)
  return [{ table: REVISIONS, key: bucket, value }]
}

function entriesOf(environment: Environment): CopiedEntries {
  return Object.fromEntries(COPIED.map((bucket) => [bucket, soundEntries(environment, bucket)]))
}

function soundEntries(environment: Environment, bucket: Copied): Record<string, string> {
  const entries: Record<string, string> = Object.create(null)
  for (const { key, value } of environment.table(bucket).getRange({})) {
    if (isSound(String(key), value)) entries[String(key)] = Buffer.from(value).toString('base64')
  }
  return entries
}

function isSound(key: string, bytes: Uint8Array): boolean {
  try {
    decodeEntry(key, bytes)
    return true
  } catch {
    return false
  }
}

function isCopied(bucket: BucketName): bucket is Copied {
  return isOneOf(COPIED, bucket)
}
