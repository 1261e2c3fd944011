import { messageOf } from '../errors/thrown.js'
import { formatBytes, formatCount, formatMicros, formatSpan } from './figures.js'
import type { JsonSchema } from './json-schema.js'
import { countStates, stateResults, stateText } from './state-return.js'
import { ValueText } from './value-text.js'

/**
 * Shows the events of a type in one line, by a template with fields of the data, such as `{usedPercent|percent} of
 * {total|bytes}`. A part in brackets is left out where one of its fields is missing or empty: `{user} logged in[ from
 * {host}]`.
 */
export type Display = (data: unknown, room: number) => string | undefined

/** The displays of types, by name. One that this program cannot read, because its hub is newer, is left out. */
export function displaysOf(
  types: Iterable<{ type: string; display?: string }>,
): ReadonlyMap<string, Display> {
  const displays = new Map<string, Display>()
  for (const { type, display } of types) {
    try {
      if (display !== undefined) displays.set(type, compileDisplay(display))
    } catch {
      // It is left out.
    }
  }
  return displays
}

type Part = string | Field | readonly (string | Field)[]

interface Field {
  readonly path: readonly string[]
  readonly style: Style | undefined
}

const styles = {
  bytes: (value: number) => formatBytes(value),
  percent: (value: number) => `${Math.round(value * 10) / 10}%`,
  count: (value: number) => formatCount(value),
  seconds: (value: number) => formatSpan(value * 1e6),
  micros: (value: number) => formatMicros(value),
  /** Zero says nothing. */
  nonzero: (value: number) => (value === 0 ? '' : String(value)),
} as const
/** `states` counts what Salt returns for states: `2 changed, 2 failed, 9 ok`. */
type Style = keyof typeof styles | 'states'

const field = /\{([^{}|]+)(?:\|([a-z]+))?\}/g
const section = /\[([^[\]]*)\]/g

/** Returns the display of a template; it returns undefined for data without one of its fields. Throws an Error. */
export function compileDisplay(template: string): Display {
  const parts = parseTemplate(template)
  return (data, room) => {
    const line = new ValueText(room)
    for (const part of parts) {
      if (line.full) break
      const isOptional = typeof part === 'object' && 'length' in part
      const piece = pieceOf(isOptional ? part : [part], data, room)
      if (piece === undefined && !isOptional) return undefined
      line.text += piece ?? ''
    }
    return line.text.trim() === '' ? undefined : line.text
  }
}

function pieceOf(parts: readonly (string | Field)[], data: unknown, room: number): string | undefined {
  let piece = ''
  for (const part of parts) {
    const text = typeof part === 'string' ? part : fieldText(part, data, room)
    if (text === undefined) return undefined
    piece += text
  }
  return piece
}

function fieldText({ path, style }: Field, data: unknown, room: number): string | undefined {
  let value = data
  for (const key of path) value = valueAt(value, key)
  if (style === 'states') {
    const results = stateResults(value)
    if (results !== undefined) return stateText(countStates(results))
  } else if (style !== undefined && typeof value === 'number' && Number.isFinite(value))
    return styles[style](value) || undefined
  if (value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0))
    return undefined
  const text = new ValueText(room)
  text.plain(value)
  return text.text
}

export function valueAt(value: unknown, key: string): unknown {
  if (value instanceof Map) return value.get(key)
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as Record<string, unknown>)[key]
}

/** Says what is wrong with a template: its form, or a field that the schema does not have or does not require. */
export function faultOfDisplay(template: string, schema: JsonSchema | undefined): string | undefined {
  let parts: Part[]
  try {
    parts = parseTemplate(template)
  } catch (error) {
    return messageOf(error)
  }
  for (const part of parts) {
    if (typeof part === 'string') continue
    const isOptional = 'length' in part
    for (const each of isOptional ? part : [part]) {
      if (typeof each === 'string') continue
      const fault = faultOfField(each, schema, isOptional)
      if (fault !== undefined) return fault
    }
  }
  return undefined
}

type Schema = {
  [keyword: string]: unknown
  properties?: Record<string, Schema>
  required?: readonly string[]
}

function faultOfField(
  { path }: Field,
  schema: JsonSchema | undefined,
  isOptional: boolean,
): string | undefined {
  let at: Schema | undefined = schema
  for (const key of path) {
    // A schema without properties says nothing about the keys.
    if (at?.properties === undefined) return undefined
    if (!Object.hasOwn(at.properties, key)) return `the schema has no field ${path.join('.')}`
    if (!isOptional && at.required?.includes(key) !== true)
      return `${path.join('.')} is not required: it must be in brackets`
    at = at.properties[key]
  }
  return undefined
}

function parseTemplate(template: string): Part[] {
  const parts: Part[] = []
  let at = 0
  for (const match of template.matchAll(section)) {
    parts.push(...parseFields(template.slice(at, match.index)), parseFields(match[1]))
    at = match.index + match[0].length
  }
  return [...parts, ...parseFields(template.slice(at))]
}

function parseFields(text: string): (string | Field)[] {
  const parts: (string | Field)[] = []
  let at = 0
  for (const match of text.matchAll(field)) {
    parts.push(text.slice(at, match.index), { path: match[1].split('.'), style: styleOf(match[2]) })
    at = match.index + match[0].length
  }
  parts.push(text.slice(at))
  const wrong = parts.find((part) => typeof part === 'string' && /[{}[\]]/.test(part))
  if (wrong !== undefined) throw new Error(`a bracket has no counterpart: ${String(wrong)}`)
  return parts.filter((part) => part !== '')
}

function styleOf(name: string | undefined): Style | undefined {
  if (name !== undefined && name !== 'states' && !Object.hasOwn(styles, name))
    throw new Error(`there is no style ${name}`)
  return name as Style | undefined
}
