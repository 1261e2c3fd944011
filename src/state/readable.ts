import type { Bucket, StateEntry } from './state-store.js'

/** Reads an entry; one that is damaged, which the store has reported, counts as absent. */
export async function readable(
  bucket: Pick<Bucket, 'get' | 'damaged'>,
  key: string,
): Promise<StateEntry | undefined> {
  try {
    return await bucket.get(key)
  } catch (thrown) {
    if (bucket.damaged.has(key)) return undefined
    throw thrown
  }
}
