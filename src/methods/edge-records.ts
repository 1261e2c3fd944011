import { z } from 'zod'
import { decode, encode } from '../event/index.js'
import { onlyGiven } from '../event/json/only-given.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import type { Bucket } from '../state/state-store.js'
import { isEdgeName } from './edge-name.js'
import type { EdgeKey } from './remembered-edges.js'

const RETRY_MS = 5_000

const text = z.string().max(1024)
const count = z.number().min(0)
const record = z.object({
  name: text.refine(isEdgeName),
  principal: text,
  address: text,
  /** The hub of the cluster to which it was attached last. */
  hub: text,
  isUp: z.boolean(),
  /** When it came or left, µs. */
  since: count,
  events: count,
  waiting: count,
  waitingSince: count.optional(),
  gaps: count,
})
export type EdgeRecord = z.output<typeof record>

/** The edge hubs in the state store, which all hubs of a cluster share. */
export class EdgeRecords {
  readonly #bucket: Bucket
  readonly #runtime: Pick<Runtime, 'after'>
  /** Values that are not written yet; undefined: the record goes. */
  readonly #waiting = new Map<string, Uint8Array | undefined>()
  #writing: Promise<void> | undefined
  #again: Cancel | undefined
  #isClosed = false

  constructor(bucket: Bucket, runtime: Pick<Runtime, 'after'>) {
    this.#bucket = bucket
    this.#runtime = runtime
  }

  async *list(): AsyncIterable<EdgeRecord> {
    for await (const { key, value } of this.#bucket.list()) {
      const found = this.#parse(key, value)
      if (found !== undefined) yield found
    }
  }

  /** Reports what other hubs write too, until the returned function is called. */
  watch(put: (record: EdgeRecord) => void, gone: (edge: EdgeKey) => void): () => void {
    return this.#bucket.watch('', (change) => {
      const found = change.type === 'put' ? this.#parse(change.key, change.value) : undefined
      const { key } = change
      if (found !== undefined) put(found)
      else if (change.type === 'delete') gone(edgeOfKey(key))
    })
  }

  put(edge: EdgeRecord): void {
    this.#change(edge, encode(onlyGiven(edge)))
  }

  delete(edge: EdgeKey): void {
    this.#change(edge, undefined)
  }

  /** Resolves when everything is stored; rejects with the reason why that is not possible now. */
  async stored(): Promise<void> {
    while (this.#waiting.size > 0 || this.#writing !== undefined) await (this.#writing ?? this.#write())
  }

  async close(): Promise<void> {
    this.#again?.()
    this.#isClosed = true
    await this.stored().catch(() => undefined)
  }

  #change(edge: EdgeKey, value: Uint8Array | undefined): void {
    this.#waiting.set(keyOf(edge), value)
    // A failed write is repeated, with what has changed since.
    if (this.#again === undefined) this.#write().catch(() => undefined)
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  /** Records that change meanwhile are written together. */
  async #writeAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      const entries = [...this.#waiting]
      this.#waiting.clear()
      try {
        await this.#store(entries)
      } catch (thrown) {
        for (const [key, value] of entries) if (!this.#waiting.has(key)) this.#waiting.set(key, value)
        this.#retry()
        throw thrown
      }
    }
  }

  async #store(entries: readonly [string, Uint8Array | undefined][]): Promise<void> {
    const kept = entries.filter((entry): entry is [string, Uint8Array] => entry[1] !== undefined)
    if (kept.length > 0) await this.#bucket.putAll(kept)
    for (const [key, value] of entries) if (value === undefined) await this.#bucket.delete(key)
  }

  #retry(): void {
    if (this.#isClosed || this.#again !== undefined) return
    this.#again = this.#runtime.after(RETRY_MS, () => {
      this.#again = undefined
      this.#write().catch(() => undefined)
    })
  }

  #parse(key: string, value: Uint8Array): EdgeRecord | undefined {
    try {
      return record.parse(decode(value))
    } catch (thrown) {
      this.#bucket.reportDamage(key, thrown)
      return undefined
    }
  }
}

/** The name of an edge hub has no slash. */
function keyOf({ principal, name }: EdgeKey): string {
  return `${encodeURIComponent(principal)}/${name}`
}

function edgeOfKey(key: string): EdgeKey {
  const at = key.indexOf('/')
  return { principal: decodeURIComponent(key.slice(0, at)), name: key.slice(at + 1) }
}
