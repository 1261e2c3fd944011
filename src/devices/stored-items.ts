import { TocsinError } from '../errors/tocsin-error.js'
import type { Bucket, StateEntry } from '../state/state-store.js'
import { DELETED, deletedItem, keyOfItem, overItem, type PushItem, readItem, writeItem } from './item.js'

/**
 * The items of all devices in the bucket, which several hubs may share. A hub writes an item only as it knows it: what
 * another hub has written or deleted meanwhile stays.
 */
export class StoredItems {
  readonly #bucket: Bucket
  readonly #revisions = new Map<string, number>()

  constructor(bucket: Bucket) {
    this.#bucket = bucket
  }

  async *all(): AsyncGenerator<PushItem> {
    for await (const entry of this.#bucket.list()) {
      const item = this.learn(entry)
      if (item !== undefined) yield item
    }
  }

  /** Knows the item as another hub has written it. Undefined, and reported, if it makes no sense. */
  learn({ key, value, revision }: StateEntry): PushItem | undefined {
    this.#revisions.set(key, revision)
    try {
      return readItem(value)
    } catch (error) {
      this.#bucket.reportDamage(key, error)
      return undefined
    }
  }

  /** Rejects with TCN_STATE_CONFLICT if another hub has written or deleted it. */
  async write(item: PushItem): Promise<void> {
    const key = keyOfItem(item)
    const known = this.#revisions.get(key) ?? 0
    this.#revisions.set(key, await this.#bucket.compareAndSet(key, writeItem(item), known))
  }

  /** Resolves with false if another hub has changed it meanwhile, as the one does that sends it. */
  async delete(item: PushItem): Promise<boolean> {
    try {
      // The hub that is about to send it cannot write it any longer.
      await this.write(deletedItem(overItem(item)))
    } catch (error) {
      if (isConflict(error)) return false
      throw error
    }
    await this.#bucket.delete(keyOfItem(item))
    this.forget(keyOfItem(item))
    return true
  }

  forget(key: string): void {
    this.#revisions.delete(key)
  }

  /** The item as it is stored now; undefined if it was deleted. */
  async again(item: PushItem): Promise<PushItem | undefined> {
    const entry = await this.#bucket.get(keyOfItem(item))
    const stored = entry === undefined ? undefined : this.learn(entry)
    return stored?.reason === DELETED ? undefined : stored
  }
}

export function isConflict(error: unknown): boolean {
  return TocsinError.is(error) && error.code === 'TCN_STATE_CONFLICT'
}
