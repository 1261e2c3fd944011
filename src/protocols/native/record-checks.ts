/** Checks a value from a control record and returns it with its type; unknown keys of maps are left out. */
export type Check<T> = (value: unknown, path: string) => T

/** Says which value is wrong; the codec turns it into a protocol error. */
export class Mismatch extends Error {}

export const text: Check<string> = (value, path) =>
  typeof value === 'string' ? value : fail(path, 'is not text')

const MAX_CODE = 100

/** Programs branch on it, and people are shown it. A newer peer may use codes that are not known here. */
export const code: Check<string> = (value, path) =>
  typeof value === 'string' && value.length <= MAX_CODE && /^[A-Z][A-Z0-9_]*$/.test(value)
    ? value
    : fail(path, 'is not a code')

/** 0 to 2^53 - 1 */
export const count: Check<number> = (value, path) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? value
    : fail(path, 'is not a whole number')

export const yes: Check<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : fail(path, 'is not true or false')

export const bytes: Check<Uint8Array> = (value, path) =>
  value instanceof Uint8Array ? value : fail(path, 'is not bytes')

export const anything: Check<unknown> = (value) => value

export const map: Check<Record<string, unknown>> = (value, path) =>
  isPlain(value) ? value : fail(path, 'is not a map with text keys')

export function oneOf<const T extends string>(...words: readonly T[]): Check<T> {
  return (value, path) => {
    const word = words.find((each) => each === value)
    return word ?? fail(path, `is not one of ${words.join(', ')}`)
  }
}

export function list<T>(item: Check<T>): Check<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) fail(path, 'is not a list')
    return value.map((each, index) => item(each, `${path}[${index}]`))
  }
}

type Shape<T> = { [K in keyof T]-?: undefined extends T[K] ? Optional<T[K]> : Check<T[K]> }
interface Optional<T> {
  optional: Check<Exclude<T, undefined>>
}

export function optional<T>(check: Check<T>): Optional<T | undefined> {
  return { optional: check as Check<Exclude<T, undefined>> }
}

/** A map with these keys. A key whose value is nil counts as absent. */
export function shape<T extends object>(fields: Shape<T>): Check<T> {
  const entries: [string, Check<unknown> | Optional<unknown>][] = Object.entries(fields)
  return (value, path) => {
    if (!isPlain(value)) fail(path, 'is not a map with text keys')
    const found: Record<string, unknown> = {}
    for (const [key, field] of entries) {
      const given = Object.hasOwn(value, key) ? value[key] : undefined
      const at = path === '' ? key : `${path}.${key}`
      if (typeof field === 'function') found[key] = field(given, at)
      else if (given !== undefined && given !== null) found[key] = field.optional(given, at)
    }
    return found as T
  }
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function fail(path: string, what: string): never {
  throw new Mismatch(`${path === '' ? 'the record' : path} ${what}`)
}
