import type { Event } from '../event/event.js'
import { compilePath, type PathStep, scalarAt } from '../event/index.js'
import { parseField } from '../filter/field.js'
import type { CompileOptions } from '../filter/index.js'
import { findInBody } from '../filter/long-bodies.js'
import { derivedAttribute } from '../filter/own-attributes.js'
import { typeIn } from '../types/template.js'
import { isLineField, type LogLine } from './lines/log-line.js'

/** Characters of the text that names a group. */
export const MAX_KEY = 512

/** The text that names the group of an event; undefined if it would be too long. */
export type GroupKey = (event: Event, line: LogLine | undefined) => string | undefined

/** Names groups by the values of these fields. */
export function groupKeys(by: readonly string[], names: CompileOptions): GroupKey {
  if (by.length === 0) return () => ''
  const fields = by.map((field) => groupField(field, names))
  const [first] = fields
  if (fields.length === 1) return (event, line) => shortEnough(keyText(first(event, line)))
  return (event, line) => shortEnough(JSON.stringify(fields.map((field) => keyText(field(event, line)))))
}

/** Names groups of which each has a value in all of these fields. Events without one get an empty text. */
export function wholeGroupKeys(by: readonly string[], names: CompileOptions): GroupKey {
  const each = by.map((field) => groupKeys([field], names))
  const all = groupKeys(by, names)
  return (event, line) => (each.every((key) => key(event, line) !== '') ? all(event, line) : '')
}

function shortEnough(key: string): string | undefined {
  return key.length <= MAX_KEY ? key : undefined
}

type GroupField = (event: Event, line: LogLine | undefined) => unknown

/** Reads the field without decoding the body. */
function groupField(name: string, names: CompileOptions): GroupField {
  if (isLineField(name)) return (_event, line) => line?.values[name]
  const field = parseField(name)
  if (field.in === 'data') return dataField(compilePath(field.path))
  if (field.in === 'attribute') {
    const derived = derivedAttribute(field.name, names)
    return (event) => (derived ? derived(event.bytes, event.at) : event.attributes[field.name])
  }
  if (field.in === 'type') return (event) => typeIn(event, names.typeOf)
  const { in: where } = field
  return (event) => event[where]
}

function dataField(path: readonly PathStep[]): GroupField {
  return (event) => {
    const at = findInBody(event.bytes, event.at, path)
    return at < 0 ? undefined : scalarAt(event.bytes, at)
  }
}

/** Events whose field is missing, or is neither text nor a number nor a boolean, are one group. */
function keyText(value: unknown): string {
  if (typeof value === 'string') return value
  return ['number', 'bigint', 'boolean'].includes(typeof value) ? String(value) : ''
}
