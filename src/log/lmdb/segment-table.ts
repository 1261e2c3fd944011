/** The part of a table of LMDB that reading a segment needs. */
export interface SegmentTable {
  get(key: number): Uint8Array | undefined
  /** Returns bytes that are valid until the next call of any table. Only their `length` is that of the value. */
  getBinaryFast(key: number): Uint8Array | undefined
  getKeys(range: KeyRange): Iterable<unknown>
  getRange(range: KeyRange): Iterable<{ key: unknown; value: Uint8Array }>
  getKeysCount(range: KeyRange): number
}

export interface KeyRange {
  start?: number
  reverse?: boolean
  limit?: number
}

/** Walks over keys or entries. When a step fails, lmdb itself would keep the read transaction in use. */
export function* walk<Item>(items: Iterable<Item>): Generator<Item> {
  const steps = items[Symbol.iterator]()
  try {
    for (let step = steps.next(); !step.done; step = steps.next()) yield step.value
  } finally {
    steps.return?.()
  }
}

/** Returns the first key from `start` on in the direction of the walk. */
export function keyIn(table: SegmentTable, range: { start: number; reverse?: boolean }): number | undefined {
  for (const key of walk(table.getKeys({ ...range, limit: 1 }))) return key as number
  return undefined
}
