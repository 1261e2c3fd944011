import { isDeepStrictEqual } from 'node:util'
import { formatKey, type KeyPath } from '../../event/json/key-path.js'
import { isObject, own } from '../../event/json/object.js'
import type { JsonSchema } from '../json-schema.js'
import { below, redacted } from '../redaction.js'
import { entryName, type PairedEntry, pairedEntries } from './paired-entries.js'

/** The place of something in the content before and in the one after; undefined where its list entry is missing. */
export type ChangePlaces = readonly [before: KeyPath | undefined, after: KeyPath | undefined]

/** A key in which two texts of the configuration differ. */
export interface Change {
  /** `log.retention.age`, `salt[0].bus` */
  key: string
  /** In the content after, unless its list entry is gone. */
  path: KeyPath
  places: ChangePlaces
  op: 'create' | 'modify' | 'delete'
  /** The name of the list entry that the key is in. Absent if the entry has none, or gets another one. */
  entry?: string
  /** Entries that a list keeps have another order: `old` and `new` are their names, or the numbers that they had. */
  order?: true
  /** Absent if the key is created. Secrets are masked. */
  old?: unknown
  /** Absent if the key is deleted. Secrets are masked. */
  new?: unknown
}

/** Something that both contents may have. */
interface ComparedPlace {
  readonly schemas: readonly JsonSchema[]
  readonly places: ChangePlaces
  readonly entry?: string
}

type ContentMap = Readonly<Record<string, unknown>>

/** The differences of what two files say. Keys that both leave to their defaults do not appear. */
export function changesBetween(schema: JsonSchema, before: unknown, after: unknown): Change[] {
  return compare({ schemas: [schema], places: [[], []] }, before, after)
}

function compare(position: ComparedPlace, before: unknown, after: unknown): Change[] {
  const { schemas } = position
  if (isDeepStrictEqual(before, after) || areBothEmpty(schemas, before, after)) return []
  if (isObject(before) && isObject(after)) return compareMaps(position, before, after)
  const [old, next] = [listOfMaps(before, after), listOfMaps(after, before)]
  if (old !== undefined && next !== undefined) return compareLists(position, old, next)
  const inside = insideOfOne(position, before, after)
  return inside.length > 0 ? inside : [changeAt(position, before, after)]
}

/** A map that is new or gone is shown key by key, as programs that read a difference expect. */
function insideOfOne(position: ComparedPlace, before: unknown, after: unknown): Change[] {
  if (before !== undefined && after !== undefined) return []
  const only = before ?? after
  if (isObject(only))
    return before === undefined ? compareMaps(position, {}, only) : compareMaps(position, only, {})
  if (!hasMaps(only)) return []
  return before === undefined ? compareLists(position, [], only) : compareLists(position, only, [])
}

function compareMaps(position: ComparedPlace, before: ContentMap, after: ContentMap): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.flatMap((name) => compare(inMap(position, name), own(before, name), own(after, name)))
}

function inMap({ schemas, places: [before, after], ...around }: ComparedPlace, name: string): ComparedPlace {
  return {
    ...around,
    schemas: below(schemas, name),
    places: [before && [...before, name], after && [...after, name]],
  }
}

function compareLists(
  position: ComparedPlace,
  before: readonly ContentMap[],
  after: readonly ContentMap[],
): Change[] {
  const pairs = pairedEntries(before, after)
  const inside = pairs.flatMap((pair) => {
    const [old, next] = [entryAt(before, pair[0]), entryAt(after, pair[1])]
    return compare(inList(position, pair, [old, next]), old, next)
  })
  return [...changedOrder(position, pairs, [before, after]), ...inside]
}

function entryAt(list: readonly unknown[], at: number | undefined): unknown {
  return at === undefined ? undefined : list[at]
}

function inList(
  { schemas, places: [before, after], entry }: ComparedPlace,
  [from, to]: PairedEntry,
  sides: readonly unknown[],
): ComparedPlace {
  const inside = { schemas: below(schemas, 0), places: [placeIn(before, from), placeIn(after, to)] } as const
  const names = new Set(sides.filter((each) => each !== undefined).map(entryName))
  const [name] = names
  if (names.size > 1 || (name !== undefined && shownName(inside, name) !== name)) return inside
  return { ...inside, entry: name ?? entry }
}

function placeIn(list: KeyPath | undefined, at: number | undefined): KeyPath | undefined {
  return list === undefined || at === undefined ? undefined : [...list, at]
}

/** The order in which a list has the entries that it keeps, if that is another one. */
function changedOrder(
  position: ComparedPlace,
  pairs: readonly PairedEntry[],
  [before, after]: readonly (readonly unknown[])[],
): Change[] {
  const kept = pairs.flatMap(([from, to]) => (from === undefined || to === undefined ? [] : [{ from, to }]))
  const old = kept.toSorted((one, other) => one.from - other.from)
  if (old.every((each, nth) => each === kept[nth])) return []
  const entry = { ...position, schemas: below(position.schemas, 0) }
  const shown = (one: unknown, from: number) => shownName(entry, entryName(one)) ?? from
  return [
    {
      ...changeAt(
        position,
        old.map(({ from }) => shown(before[from], from)),
        kept.map(({ from, to }) => shown(after[to], from)),
      ),
      order: true,
    },
  ]
}

/** The name of an entry at this position, masked if it may be a secret. */
function shownName({ schemas, places }: ComparedPlace, name: string | undefined): unknown {
  return redacted(below(schemas, 'name'), [...pathOf(places), 'name'], name)
}

function changeAt({ schemas, places, entry }: ComparedPlace, before: unknown, after: unknown): Change {
  const path = pathOf(places)
  return {
    ...{ key: formatKey(path), path, places },
    op: before === undefined ? 'create' : after === undefined ? 'delete' : 'modify',
    ...(entry !== undefined && { entry }),
    ...(before !== undefined && { old: redacted(schemas, path, before) }),
    ...(after !== undefined && { new: redacted(schemas, path, after) }),
  }
}

function pathOf([before = [], after]: ChangePlaces): KeyPath {
  return after ?? before
}

/** A map that is empty by default is the same as no map. It stays when its last entry is deleted. */
function areBothEmpty(schemas: readonly JsonSchema[], before: unknown, after: unknown): boolean {
  const areNone = (value: unknown) => value === undefined || isEmptyMap(value)
  return areNone(before) && areNone(after) && schemas.length > 0 && schemas.every(isEmptyByDefault)
}

function isEmptyByDefault({ properties, additionalProperties, default: usual }: JsonSchema): boolean {
  return properties === undefined && typeof additionalProperties === 'object' && isEmptyMap(usual)
}

function isEmptyMap(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0
}

function hasMaps(value: unknown): value is ContentMap[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => isObject(each))
}

/** An empty list is one of maps if the other is. */
function listOfMaps(value: unknown, other: unknown): ContentMap[] | undefined {
  if (hasMaps(value)) return value
  return Array.isArray(value) && value.length === 0 && hasMaps(other) ? value : undefined
}
