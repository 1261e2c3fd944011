import { RE2JS } from 're2js'
import { isObject } from '../../event/json/object.js'
import { compileRegex } from '../../filter/regex.js'
import { keysOfPath, type TransformStep } from './transform-config.js'

/** Finds values by their keys. */
export interface LookupTable {
  get(key: string): unknown
}

type EventData = Record<string, unknown>
type Keys = readonly string[]
type DataChange = (data: EventData) => void

/** Levels of a value that are masked; parsers read no deeper. */
const MAX_DEPTH = 64

/** Changes the data of events step by step, as the configuration says. */
export class Transform {
  readonly #changes: readonly DataChange[]

  constructor(steps: readonly TransformStep[], tableOf: (file: string) => LookupTable) {
    this.#changes = steps.flatMap((step) => changesOf(step, tableOf))
  }

  /** Changes the data itself, and returns it. */
  apply<Value>(data: Value): Value {
    if (this.#changes.length > 0 && isObject(data)) {
      const { fields } = data
      for (const change of this.#changes) change(data)
      if (isObject(fields) && Object.keys(fields).length === 0) delete data.fields
    }
    return data
  }
}

function changesOf(step: TransformStep, tableOf: (file: string) => LookupTable): DataChange[] {
  const { rename = {}, drop = [], lookup, mask } = step
  return [
    ...Object.entries(rename).map(([from, to]) => renaming(keysOfPath(from), keysOfPath(to))),
    ...drop.map((path) => dropping(keysOfPath(path))),
    ...(lookup === undefined ? [] : [looking(lookup, tableOf(lookup.file))]),
    ...(mask === undefined ? [] : mask.field.map((path) => masking(keysOfPath(path), mask))),
  ]
}

function renaming(from: Keys, to: Keys): DataChange {
  return (data) => {
    const value = at(data, from)
    if (value !== undefined && at(data, to) === undefined && set(data, to, value)) remove(data, from)
  }
}

function dropping(path: Keys): DataChange {
  return (data) => remove(data, path)
}

function looking({ field, into }: NonNullable<TransformStep['lookup']>, table: LookupTable): DataChange {
  const from = keysOfPath(field)
  const to = keysOfPath(into)
  return (data) => {
    const key = at(data, from)
    if (typeof key === 'object' || key === undefined) return
    const found = table.get(String(key))
    // Later steps may change what was found.
    if (found !== undefined) set(data, to, structuredClone(found))
  }
}

function masking(path: Keys, { pattern, with: text }: NonNullable<TransformStep['mask']>): DataChange {
  const masked = pattern === undefined ? () => text : maskOf(pattern, text)
  const isText = path[0] === 'line' || path[0] === 'message'
  return (data) => {
    const before = at(data, path)
    if (before === undefined) return
    const after = masked(before)
    if (after === before) return
    set(data, path, after)
    // They have the same text.
    if (isText) delete data.bytes
  }
}

function maskOf(pattern: string, text: string): (value: unknown) => unknown {
  const regex = compileRegex(pattern, 'mask.pattern')
  const replacement = RE2JS.quoteReplacement(text)
  const replaced = (value: unknown, written: string) => {
    const matcher = regex.matcher(written)
    return matcher.find() ? matcher.replaceAll(replacement) : value
  }
  return (value) => mapped(value, replaced, MAX_DEPTH)
}

/** Replaces texts and numbers in a value; the same value if there is nothing to replace. */
function mapped(value: unknown, replaced: (value: unknown, text: string) => unknown, depth: number): unknown {
  if (typeof value === 'string') return replaced(value, value)
  if (typeof value === 'number' || typeof value === 'bigint') return replaced(value, String(value))
  if (depth === 0 || value instanceof Uint8Array || value instanceof Date) return value
  if (Array.isArray(value)) {
    const items = value.map((each) => mapped(each, replaced, depth - 1))
    return items.some((item, i) => item !== value[i]) ? items : value
  }
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(
    ([key, each]) => [key, mapped(each, replaced, depth - 1)] as const,
  )
  return entries.some(([key, each]) => each !== value[key]) ? Object.fromEntries(entries) : value
}

function at(data: EventData, path: Keys): unknown {
  let value: unknown = data
  for (const key of path) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  return value
}

/** Returns false, and changes nothing, if something else is in the way. */
function set(data: EventData, path: Keys, value: unknown): boolean {
  let holder: EventData = data
  for (const key of path.slice(0, -1)) {
    const inner = Object.hasOwn(holder, key) ? holder[key] : undefined
    if (inner !== undefined && !isObject(inner)) return false
    const next: EventData = inner ?? {}
    holder[key] = next
    holder = next
  }
  holder[path[path.length - 1]] = value
  return true
}

function remove(data: EventData, path: Keys): void {
  const holder = at(data, path.slice(0, -1))
  if (isObject(holder)) delete holder[path[path.length - 1]]
}
