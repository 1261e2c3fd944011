import { type KeyPath, readKey } from '../../src/event/json/key-path.js'
import type { ConfigValues } from '../../src/methods/contract/index.js'

type Values = ConfigValues['values']

/** Returns whether a key is another one, or below it. */
export function isWithin(key: string, outer: string): boolean {
  return key.startsWith(outer) && /^($|[.[])/.test(key.slice(outer.length))
}

/** The value of a key, of whose parts each is listed for itself; undefined if the file does not say it. */
export function valueAt(key: string, values: Values): unknown {
  const depth = pathOf(key).length
  let whole: unknown
  for (const { key: each, value, set } of values) {
    if (set && isWithin(each, key)) whole = withPart(whole, pathOf(each).slice(depth), value)
  }
  return whole
}

/** Returns the value with a part at a path in it. */
export function withPart(whole: unknown, [part, ...rest]: KeyPath, value: unknown): unknown {
  if (part === undefined) return value
  const entries = new Map(Object.entries(whole ?? {}))
  entries.set(String(part), withPart(entries.get(String(part)), rest, value))
  return typeof part === 'number' ? [...entries.values()] : Object.fromEntries(entries)
}

/** The path of a key that the hub has written. */
export function pathOf(key: string): KeyPath {
  return readKey(key) ?? []
}
