/** Returns whether a value is what JSON calls an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value of an object's own key. A name such as `constructor` finds nothing else. */
export function own(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

/** Returns whether a value is a number of things, as records have it: a whole number that is not negative. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** Returns an object for reading its fields, each of which may be anything. Any other value has none. */
export function asFields(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {}
}
