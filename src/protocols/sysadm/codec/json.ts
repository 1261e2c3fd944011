import { isObject } from '../../../event/json/object.js'

const INDENT = '    '

/**
 * Writes JSON as Qt does: compact, the keys of an object in order. `JSON.stringify` would put keys that are numbers,
 * such as a command `7`, before all others.
 */
export function qtJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(qtJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  return jsonObject(membersOf(value).map(([key, each]) => [key, qtJson(each)]))
}

/** The same in steps: objects of the first levels are written member by member. */
export function* qtJsonSteps(value: unknown, levels: number): Generator<void, string> {
  yield
  if (levels === 0 || !isObject(value)) return qtJson(value)
  const members: [string, string][] = []
  for (const [key, each] of membersOf(value)) members.push([key, yield* qtJsonSteps(each, levels - 1)])
  return jsonObject(members)
}

/** Writes JSON as Qt does for people: four spaces, and a line break at the end. */
export function qtIndentedJson(value: unknown): string {
  return `${indented(value, '')}\n`
}

/** The same in steps: objects of the first levels are written member by member. */
export function* qtIndentedJsonSteps(value: unknown, levels: number): Generator<void, string> {
  return `${yield* indentedSteps(value, '', levels)}\n`
}

function* indentedSteps(value: unknown, margin: string, levels: number): Generator<void, string> {
  yield
  if (levels === 0 || !isObject(value)) return indented(value, margin)
  const inner = margin + INDENT
  const lines: string[] = []
  for (const [key, each] of membersOf(value))
    lines.push(indentedMember(key, yield* indentedSteps(each, inner, levels - 1), inner))
  return indentedLines('{}', lines, margin)
}

function indented(value: unknown, margin: string): string {
  if (typeof value !== 'object' || value === null) return qtJson(value)
  const inner = margin + INDENT
  if (Array.isArray(value))
    return indentedLines(
      '[]',
      value.map((each) => inner + indented(each, inner)),
      margin,
    )
  const lines = membersOf(value).map(([key, each]) => indentedMember(key, indented(each, inner), inner))
  return indentedLines('{}', lines, margin)
}

function indentedMember(key: string, json: string, margin: string): string {
  return `${margin}${JSON.stringify(key)}: ${json}`
}

function indentedLines([open, close]: string, lines: readonly string[], margin: string): string {
  return [open, ...(lines.length > 0 ? [lines.join(',\n')] : []), margin + close].join('\n')
}

/** Writes an object whose keys stay in the given order; the values are JSON already. */
export function jsonObject(entries: Iterable<readonly [key: string, json: string]>): string {
  const members: string[] = []
  for (const [key, json] of entries) members.push(`${JSON.stringify(key)}:${json}`)
  return `{${members.join(',')}}`
}

/** The members that have a value, in the order of their keys. */
function membersOf(object: object): [key: string, value: unknown][] {
  return Object.entries(object)
    .filter(([, each]) => each !== undefined)
    .sort(byKey)
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0
}
