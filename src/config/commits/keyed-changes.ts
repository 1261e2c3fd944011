import { isDeepStrictEqual } from 'node:util'
import { formatKey, type KeyPath } from '../../event/json/key-path.js'
import { isObject } from '../../event/json/object.js'
import type { JsonSchema } from '../json-schema.js'
import { below, redacted } from '../redaction.js'

/** A change as programs that read transactions know it: entries of lists come and go as such, by their keys. */
export interface KeyedChange {
  /** `/log/retention/age`, `/streams{audit}/filter`, `/alertRoutes{0}/to` */
  readonly path: string
  readonly op: 'create' | 'set' | 'delete'
  /** Secrets are masked, here and below. */
  readonly old?: unknown
  readonly new?: unknown
}

/** Where a value is: by keys for programs, and by places for what is secret. */
interface ValuePlace {
  readonly path: string
  readonly keys: KeyPath
  readonly schemas: readonly JsonSchema[]
}

type ListEntry = Readonly<Record<string, unknown>>

/** The differences of what two texts say. */
export function keyedChangesBetween(schema: JsonSchema, before: unknown, after: unknown): KeyedChange[] {
  return compared({ path: '', keys: [], schemas: [schema] }, before, after)
}

function compared(place: ValuePlace, before: unknown, after: unknown): KeyedChange[] {
  if (isDeepStrictEqual(before, after)) return []
  const [old, next] = [mapIn(before, after), mapIn(after, before)]
  if (old !== undefined && next !== undefined && Object.keys({ ...old, ...next }).length > 0)
    return [...new Set([...Object.keys(old), ...Object.keys(next)])].flatMap((name) =>
      compared(inside(place, name, `/${formatKey([name])}`), old[name], next[name]),
    )
  const [gone, come] = [entriesIn(before, after), entriesIn(after, before)]
  if (gone !== undefined && come !== undefined) return comparedEntries(place, gone, come)
  return [leaf(place, before, after)]
}

/** The map, or an empty one if there is none but on the other side. */
function mapIn(value: unknown, other: unknown): ListEntry | undefined {
  if (isObject(value)) return value
  return value === undefined && isObject(other) ? {} : undefined
}

function entriesIn(value: unknown, other: unknown): readonly ListEntry[] | undefined {
  if (areEntries(value)) return value
  return (value === undefined || isEmptyList(value)) && areEntries(other) ? [] : undefined
}

function comparedEntries(
  place: ValuePlace,
  before: readonly ListEntry[],
  after: readonly ListEntry[],
): KeyedChange[] {
  const isNamed = haveNames(before) && haveNames(after)
  const [old, next] = [before, after].map((all) => byKey(all, isNamed))
  return [...new Set([...old.keys(), ...next.keys()])].flatMap((key): KeyedChange[] => {
    const [gone, come] = [old.get(key), next.get(key)]
    const at = come?.at ?? gone?.at ?? 0
    const entry = inside(place, at, `{${textOfKey(key)}}`)
    if (come === undefined) return [{ path: entry.path, op: 'delete' }]
    if (gone !== undefined) return compared(entry, gone.entry, come.entry)
    // Its name is in the path.
    const { name, ...rest } = come.entry
    const leaves = compared(entry, {}, isNamed ? rest : come.entry)
    return [{ path: entry.path, op: 'create' }, ...leaves]
  })
}

function leaf({ path, keys, schemas }: ValuePlace, before: unknown, after: unknown): KeyedChange {
  const old = before === undefined ? {} : { old: redacted(schemas, keys, before) }
  if (after === undefined) return { path, op: 'delete', ...old }
  return { path, op: isObject(after) ? 'create' : 'set', ...old, new: redacted(schemas, keys, after) }
}

function inside({ path, keys, schemas }: ValuePlace, part: string | number, text: string): ValuePlace {
  return { path: path + text, keys: [...keys, part], schemas: below(schemas, part) }
}

function byKey(
  entries: readonly ListEntry[],
  isNamed: boolean,
): Map<string, { entry: ListEntry; at: number }> {
  return new Map(entries.map((entry, at) => [isNamed ? String(entry.name) : String(at), { entry, at }]))
}

function haveNames(entries: readonly ListEntry[]): boolean {
  const names = new Set(entries.map(({ name }) => name))
  return names.size === entries.length && entries.every(({ name }) => typeof name === 'string')
}

function areEntries(value: unknown): value is readonly ListEntry[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => isObject(each))
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

/** A key with other characters than usual is in quotes. */
function textOfKey(key: string): string {
  return /^[\w.@:-]+$/.test(key) ? key : JSON.stringify(key)
}
