import { jsonView } from './json/view.js'

/** One difference between two values. */
export type Change =
  | { kind: 'added'; path: string[]; after: unknown }
  | { kind: 'removed'; path: string[]; before: unknown }
  | { kind: 'changed'; path: string[]; before: unknown; after: unknown }

/**
 * Returns the differences in the order of the keys of `after`. Keys that only `before` has come last on each level.
 */
export function differences(before: unknown, after: unknown, path: string[] = []): Change[] {
  const [old, fresh] = [entriesOf(before), entriesOf(after)]
  if (old === undefined || fresh === undefined || Array.isArray(before) !== Array.isArray(after)) {
    return isSame(before, after) ? [] : [{ kind: 'changed', path, before, after }]
  }
  const changes: Change[] = []
  for (const [key, value] of fresh) {
    if (!old.has(key)) changes.push({ kind: 'added', path: [...path, key], after: value })
    else changes.push(...differences(old.get(key), value, [...path, key]))
  }
  for (const [key, value] of old) {
    if (!fresh.has(key)) changes.push({ kind: 'removed', path: [...path, key], before: value })
  }
  return changes
}

/** Undefined for what has no fields: it is compared as a whole. */
function entriesOf(value: unknown): Map<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || value instanceof Date)
    return undefined
  if (value instanceof Map) return textKeys(value)
  return new Map(Object.entries(value))
}

/** Undefined where two keys have the same text: 1 and '1'. */
function textKeys(map: Map<unknown, unknown>): Map<string, unknown> | undefined {
  const entries = new Map([...map].map(([key, value]) => [String(key), value]))
  return entries.size === map.size ? entries : undefined
}

function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other) || one === other) return true
  // The view has the nanoseconds too.
  if (one instanceof Date && other instanceof Date) return jsonView(one) === jsonView(other)
  if (one instanceof Uint8Array && other instanceof Uint8Array) {
    return one.length === other.length && one.every((byte, at) => byte === other[at])
  }
  return false
}
