import { isObject } from '../../event/json/object.js'

/** Returns a text that entries have in common if they are the same one; undefined for an entry that has none. */
type EntryKey = (entry: unknown, at: number) => string | undefined

const byText: EntryKey = (entry) => JSON.stringify(entry)
const byName: EntryKey = (entry) => entryName(entry)
const byPlace: EntryKey = (_, at) => String(at)

/** The number of an entry in one list, and its number in another one. */
type Pair = readonly [before: number, after: number]

/** The same; undefined in a list that does not have it. */
export type PairedEntry = readonly [before: number | undefined, after: number | undefined]

export function entryName(entry: unknown): string | undefined {
  return isObject(entry) && typeof entry.name === 'string' ? entry.name : undefined
}

/** Pairs the entries of two lists that have the same name, and of the rest those at the same place. */
export function pairsByName(before: readonly unknown[], after: readonly unknown[]): Pair[] {
  return pairs(before, after, [byName, byPlace])
}

/**
 * Returns each entry of two lists once. It is in both if one of the other list is the same, or has the same name, or else
 * the same place. They stand as in the list after, and those that are gone where they were.
 */
export function pairedEntries(before: readonly unknown[], after: readonly unknown[]): PairedEntry[] {
  const found = new Map(pairs(before, after, [byText, byName, byPlace]))
  const known = new Set(found.values())
  const kept = [...before.keys()].map((at): PairedEntry => [at, found.get(at)])
  const come = [...after.keys()].filter((at) => !known.has(at)).map((at): PairedEntry => [undefined, at])
  return [...kept, ...come].sort((one, other) => placeOf(one) - placeOf(other))
}

function placeOf([before = 0, after]: PairedEntry): number {
  return after ?? before
}

/** No entry has two others. */
function pairs(before: readonly unknown[], after: readonly unknown[], keys: readonly EntryKey[]): Pair[] {
  const found = new Map<number, number>()
  const taken = new Set<number>()
  for (const keyOf of keys) {
    const free = new Map<string | undefined, number[]>()
    // The last first, since they are taken from the end.
    for (const [at, entry] of [...after.entries()].toReversed())
      if (!taken.has(at)) add(free, keyOf(entry, at), at)
    for (const [at, entry] of before.entries()) {
      const key = found.has(at) ? undefined : keyOf(entry, at)
      const place = key === undefined ? undefined : free.get(key)?.pop()
      if (place === undefined) continue
      found.set(at, place)
      taken.add(place)
    }
  }
  return [...found]
}

function add(free: Map<string | undefined, number[]>, key: string | undefined, at: number): void {
  const same = free.get(key)
  if (same === undefined) free.set(key, [at])
  else same.push(at)
}
