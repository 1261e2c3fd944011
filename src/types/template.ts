import { messageOf } from '../errors/thrown.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { Event } from '../event/event.js'
import { jsonView } from '../event/json/view.js'
import { canonicalField, parseField } from '../filter/field.js'
import { valueAt } from './display.js'

/** A template: JSON, with fields of the event as `${…}` in its texts. */
export type TemplateJson =
  | string
  | number
  | boolean
  | null
  | readonly TemplateJson[]
  | { readonly [key: string]: TemplateJson }

/** The fields of an event that templates use, by name. */
export type FieldValues = { readonly [field: string]: unknown }

export interface Template {
  /** Canonical names of the fields that it uses. */
  readonly fields: readonly string[]
  render(values: FieldValues): unknown
}

const MAX_DEPTH = 16
const MAX_VALUES = 256

/** Compiles a template. `own` names the values that it has beside those of the event. Throws TCN_RULE_TEMPLATE. */
export function compileTemplate(json: TemplateJson, own: ReadonlySet<string>): Template {
  const fields = new Set<string>()
  let left = MAX_VALUES
  const compile = (value: TemplateJson, depth: number): Render => {
    if (depth > MAX_DEPTH) throw templateError(`nested deeper than ${MAX_DEPTH} levels`)
    if (left-- === 0) throw templateError(`more than ${MAX_VALUES} values`)
    if (typeof value === 'string') return compileText(value, fields, own)
    if (typeof value !== 'object' || value === null) return () => value
    if (Array.isArray(value)) return list(value.map((each) => compile(each, depth + 1)))
    return map(Object.entries(value).map(([key, each]) => [key, compile(each, depth + 1)] as const))
  }
  const render = compile(json, 1)
  return { fields: [...fields], render }
}

type Render = (values: FieldValues) => unknown

function list(parts: readonly Render[]): Render {
  return (values) => parts.map((part) => part(values))
}

function map(parts: readonly (readonly [string, Render])[]): Render {
  return (values) => Object.fromEntries(parts.map(([key, part]) => [key, part(values)]))
}

/** A text that is exactly one field has the value of the field; in other texts, fields are written as text. */
function compileText(text: string, fields: Set<string>, own: ReadonlySet<string>): Render {
  const parts = split(text, own)
  for (const part of parts) if (typeof part !== 'string') fields.add(part.field)
  const [first] = parts
  if (parts.length === 1 && typeof first === 'object') return (values) => values[first.field] ?? null
  return (values) =>
    parts.map((part) => (typeof part === 'string' ? part : asText(values[part.field]))).join('')
}

type Part = string | { field: string }

function split(text: string, own: ReadonlySet<string>): Part[] {
  const parts: Part[] = []
  let from = 0
  for (const match of text.matchAll(/\$?\$\{([^{}]*)(\}?)/g)) {
    const [whole, name, closed] = match
    if (match.index > from) parts.push(text.slice(from, match.index))
    from = match.index + whole.length
    if (whole.startsWith('$$')) parts.push(whole.slice(1))
    else if (closed === '')
      throw templateError(`${JSON.stringify(text)}: a \${ without its }; write $\${ for the text \${`)
    else parts.push({ field: fieldNamed(name.trim(), text, own) })
  }
  if (from < text.length) parts.push(text.slice(from))
  return parts
}

function fieldNamed(name: string, text: string, own: ReadonlySet<string>): string {
  if (own.has(name)) return name
  try {
    return canonicalField(name, JSON.stringify(text))
  } catch (thrown) {
    throw templateError(messageOf(thrown))
  }
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  return typeof value === 'object' ? JSON.stringify(jsonView(value)) : String(value)
}

function templateError(reason: string): TocsinError {
  return new TocsinError('TCN_RULE_TEMPLATE', reason)
}

/** The parts of an event that templates read. */
export type TemplateEvent = Pick<Event, 'tag' | 'source' | 'kind' | 'attributes' | 'data'>

/** The values of the fields, of which those that the event does not have are left out. */
export function fieldValues(
  event: TemplateEvent,
  fields: readonly string[],
  typeOf: (tag: string) => string,
  own: FieldValues,
): FieldValues {
  const values: Record<string, unknown> = {}
  for (const field of fields) {
    const value = Object.hasOwn(own, field) ? own[field] : valueIn(event, field, typeOf)
    if (value !== undefined) values[field] = value
  }
  return values
}

function valueIn(event: TemplateEvent, name: string, typeOf: (tag: string) => string): unknown {
  const field = parseField(name)
  switch (field.in) {
    case 'tag':
    case 'source':
    case 'kind':
      return event[field.in]
    case 'type':
      return typeIn(event, typeOf)
    case 'attribute':
      return event.attributes[field.name]
    case 'data':
      return field.path.reduce<unknown>(valueAt, event.data)
  }
}

/** The type that the event says, or that of its tag. */
export function typeIn(event: Pick<Event, 'tag' | 'attributes'>, typeOf: (tag: string) => string): unknown {
  return event.attributes.type ?? typeOf(event.tag)
}
