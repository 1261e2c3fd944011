/**
 * Writes JSON as Qt does: compact, the keys of an object in order. `JSON.stringify` would put keys that are numbers,
 * such as a command `7`, before all others.
 */
export function qtJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(qtJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return jsonObject(entries.sort(byKey).map(([key, each]) => [key, qtJson(each)]))
}

/** Writes JSON as Qt does for people: four spaces, and a line break at the end. */
export function qtIndentedJson(value: unknown): string {
  return `${indented(value, '')}\n`
}

function indented(value: unknown, margin: string): string {
  if (typeof value !== 'object' || value === null) return qtJson(value)
  const inner = `${margin}    `
  const isList = Array.isArray(value)
  const lines = isList
    ? value.map((each) => inner + indented(each, inner))
    : Object.entries(value)
        .filter(([, each]) => each !== undefined)
        .sort(byKey)
        .map(([key, each]) => `${inner}${JSON.stringify(key)}: ${indented(each, inner)}`)
  const [open, close] = isList ? '[]' : '{}'
  return [open, ...(lines.length > 0 ? [lines.join(',\n')] : []), margin + close].join('\n')
}

/** Writes an object whose keys stay in the given order; the values are JSON already. */
export function jsonObject(entries: Iterable<readonly [key: string, json: string]>): string {
  const members: string[] = []
  for (const [key, json] of entries) members.push(`${JSON.stringify(key)}:${json}`)
  return `{${members.join(',')}}`
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0
}
