/** Keys that are taken as one: what is in them belongs together. */
const whole = /^(?:principals\.[^.]+|sources\.(?:system|files)|oidc|listen\.[^.]+)$/

/** `log.retention.age`, `principals.guest` …: where two configurations differ, as they are when read. */
export function changedKeys(before: unknown, after: unknown, key = ''): string[] {
  if (isMap(before) && isMap(after) && !whole.test(key)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return names.flatMap((name) =>
      changedKeys(before[name], after[name], key === '' ? name : `${key}.${name}`),
    )
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [key]
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
