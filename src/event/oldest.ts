/** Deletes what was added first. */
export function deleteOldest<Key>(all: { keys(): Iterable<Key>; delete(key: Key): unknown }): void {
  for (const key of all.keys()) {
    all.delete(key)
    return
  }
}
