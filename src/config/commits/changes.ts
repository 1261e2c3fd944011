import { isDeepStrictEqual } from 'node:util'
import { formatKey, type KeyPath } from '../../event/json/key-path.js'
import { isObject, own } from '../../event/json/object.js'
import type { JsonSchema } from '../json-schema.js'
import { contentAt } from '../problem.js'
import { below, redacted } from '../redaction.js'

/** A key in which two texts of the configuration differ. */
export interface Change {
  /** `log.retention.age`, `salt[0].bus` */
  key: string
  path: KeyPath
  op: 'create' | 'modify' | 'delete'
  /** The name of the list entry that the key is in. Absent if the entry has none, gets another one or moves within the list. */
  entry?: string
  /** Absent if the key is created. Secrets are masked. */
  old?: unknown
  /** Absent if the key is deleted. Secrets are masked. */
  new?: unknown
}

/** The differences of what two files say. Keys that both leave to their defaults do not appear. */
export function changesBetween(schema: JsonSchema, before: unknown, after: unknown): Change[] {
  return compare([schema], before, after, []).map((change) => {
    const entry = entryAround(schema, change.path, [before, after])
    return entry === undefined ? change : { ...change, entry }
  })
}

function entryAround(schema: JsonSchema, path: KeyPath, contents: readonly unknown[]): string | undefined {
  const depth = path.findLastIndex((part) => typeof part === 'number')
  if (depth === -1) return undefined
  const key = [...path.slice(0, depth + 1), 'name']
  const schemas = key.reduce<readonly JsonSchema[]>(below, [schema])
  const names = contents.map((content) => contentAt(content, key))
  const name = names.find((each) => each !== undefined)
  if (typeof name !== 'string' || redacted(schemas, key, name) !== name) return undefined
  const isOfEntry = contents.every((content, i) =>
    names[i] === undefined ? !hasEntry(contentAt(content, path.slice(0, depth)), name) : names[i] === name,
  )
  return isOfEntry ? name : undefined
}

/** Returns whether a list has an entry of this name, at any place. */
function hasEntry(list: unknown, name: string): boolean {
  return Array.isArray(list) && list.some((each) => own(each, 'name') === name)
}

function compare(schemas: readonly JsonSchema[], before: unknown, after: unknown, path: KeyPath): Change[] {
  if (isDeepStrictEqual(before, after) || areBothEmpty(schemas, before, after)) return []
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return names.flatMap((name) =>
      compare(below(schemas, name), own(before, name), own(after, name), [...path, name]),
    )
  }
  const [old, next] = [listOfMaps(before, after), listOfMaps(after, before)]
  if (old !== undefined && next !== undefined) {
    return Array.from({ length: Math.max(old.length, next.length) }, (_, i) =>
      compare(below(schemas, i), old[i], next[i], [...path, i]),
    ).flat()
  }
  return leaves(schemas, before, after, path)
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

/** A map that is new or gone is shown key by key, as programs that read a difference expect. */
function leaves(schemas: readonly JsonSchema[], before: unknown, after: unknown, path: KeyPath): Change[] {
  const only = before === undefined ? after : after === undefined ? before : undefined
  if (only !== undefined && (isObject(only) || hasMaps(only)) && Object.keys(only).length > 0) {
    const empty = isObject(only) ? {} : []
    const pair = before === undefined ? [empty, only] : [only, empty]
    const parts = isObject(only) ? Object.keys(only) : only.map((_, i) => i)
    const inside = parts.flatMap((part) => {
      const [old, next] = pair.map((each) => contentAt(each, [part]))
      return compare(below(schemas, part), old, next, [...path, part])
    })
    if (inside.length > 0) return inside
  }
  const op = before === undefined ? 'create' : after === undefined ? 'delete' : 'modify'
  const change: Change = { key: formatKey(path), path, op }
  if (before !== undefined) change.old = redacted(schemas, path, before)
  if (after !== undefined) change.new = redacted(schemas, path, after)
  return [change]
}

/** An entry that is gone, while the others keep their numbers, is undefined. */
function hasMaps(value: unknown): value is unknown[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((each) => each === undefined || isObject(each))
  )
}

/** An empty list is one of maps if the other is. */
function listOfMaps(value: unknown, other: unknown): unknown[] | undefined {
  if (hasMaps(value)) return value
  return Array.isArray(value) && value.length === 0 && hasMaps(other) ? value : undefined
}
