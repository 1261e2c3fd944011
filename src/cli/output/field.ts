import { formatCursor } from '../../event/cursor.js'
import type { Event } from '../../event/event.js'
import { jsonView } from '../../event/json-view.js'
import { formatTime } from '../../event/range.js'
import { canonicalField, type Field, parseField } from '../../filter/field.js'
import { escapeText } from '../terminal.js'
import type { View } from './format.js'

export type FieldReader = (event: Event) => unknown

/**
 * Reads one field of an event: what filters can name (tag, source, type, kind, a CloudEvents attribute,
 * data.<path>), and seq, cursor, time, size. Throws TCN_FILTER_SYNTAX for a name that is none.
 */
export function fieldReader(name: string, view: Pick<View, 'epoch' | 'typeOf'>): FieldReader {
  if (name === 'seq') return (event) => event.seq
  if (name === 'cursor') return (event) => (event.seq === 0 ? undefined : formatCursor(view.epoch, event.seq))
  if (name === 'time') return (event) => formatTime(event.time)
  if (name === 'size') return (event) => event.end - event.at
  return filterField(parseField(canonicalField(name, name)), view)
}

function filterField(field: Field, { typeOf }: Pick<View, 'typeOf'>): FieldReader {
  if (field.in === 'data') return (event) => valueAt(event.data, field.path)
  if (field.in === 'attribute') return (event) => attribute(event, field.name)
  if (field.in === 'type') return (event) => attribute(event, 'type') ?? typeOf(event.tag)
  return (event) => event[field.in as 'tag' | 'source' | 'kind']
}

function attribute(event: Event, name: string): unknown {
  const { attributes } = event
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined
}

function valueAt(data: unknown, path: readonly string[]): unknown {
  let value = data
  for (const key of path) value = child(value, key)
  return value
}

function child(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return /^\d+$/.test(key) ? value[Number(key)] : undefined
  if (value instanceof Map) return value.get(key) ?? value.get(Number(key))
  if (typeof value !== 'object' || value === null) return undefined
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
}

/** One line of text: text as it is but for control characters, nothing for what is missing, the rest as JSON. */
export function fieldText(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return escapeText(value)
  const view = jsonView(value)
  return escapeText(typeof view === 'string' ? view : JSON.stringify(view))
}

export function fieldJson(value: unknown): string {
  return escapeText(JSON.stringify(jsonView(value ?? null)))
}
