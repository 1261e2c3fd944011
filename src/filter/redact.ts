import { canonicalField, parseField } from './field.js'

/** The text in place of a value that was taken out. */
export const REDACTED = '<redacted>'

/** Throws TCN_FILTER_SYNTAX for what is no path into the data. */
export function parseRedactions(paths: readonly string[]): string[][] {
  return paths.map((path) => {
    const name = path === 'data' || path.startsWith('data.') ? path : `data.${path}`
    const field = parseField(canonicalField(name, path))
    return field.in === 'data' ? [...field.path] : []
  })
}

/**
 * The value without what lies under the paths; the same object where nothing does. `*` is any one key or
 * element, `**` any number of them.
 */
export function redact(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.length === 0) return value
  if (paths.some((path) => path.every((step) => step === '**'))) return REDACTED
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || value instanceof Date)
    return value
  if (Array.isArray(value)) return redactList(value, paths)
  if (value instanceof Map) return redactMap(value, paths)
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  return redactRecord(value as Record<string, unknown>, paths)
}

type Paths = readonly (readonly string[])[]

/** Returns the rest of the paths below this key. */
function below(paths: Paths, key: string): string[][] {
  return paths.flatMap((path) => step(path, key))
}

function step([first, ...rest]: readonly string[], key: string): string[][] {
  if (first === '**') return [['**', ...rest], ...step(rest, key)]
  return first === '*' || first === key ? [rest] : []
}

function redactList(list: readonly unknown[], paths: Paths): unknown[] {
  let changed = false
  const copy = list.map((item, index) => {
    const redacted = redactBelow(item, below(paths, String(index)))
    changed ||= redacted !== item
    return redacted
  })
  return changed ? copy : (list as unknown[])
}

function redactMap(map: Map<unknown, unknown>, paths: Paths): Map<unknown, unknown> {
  let changed = false
  const copy = new Map<unknown, unknown>()
  for (const [key, item] of map) {
    const redacted = redactBelow(item, below(paths, String(key)))
    changed ||= redacted !== item
    copy.set(key, redacted)
  }
  return changed ? copy : map
}

function redactRecord(record: Record<string, unknown>, paths: Paths): Record<string, unknown> {
  let changed = false
  const entries = Object.entries(record).map(([key, item]) => {
    const redacted = redactBelow(item, below(paths, key))
    changed ||= redacted !== item
    return [key, redacted] as const
  })
  // `__proto__` stays a key like any other.
  return changed ? Object.fromEntries(entries) : record
}

function redactBelow(item: unknown, paths: Paths): unknown {
  if (paths.length === 0) return item
  return paths.some((path) => path.length === 0) ? REDACTED : redact(item, paths)
}
