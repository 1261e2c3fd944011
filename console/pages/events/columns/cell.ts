import type { Event } from 'tocsin/browser'
import { isObject, own } from '../../../../src/event/json/object.js'

/** Characters of a value that are shown. */
const ROOM = 120

/** The value of a field of an event, for a row. */
export function cellOf(event: Event, field: string, type: string): string {
  if (field === 'type') return type
  const [first, ...path] = field.split(/(?<!\\)\./).map((part) => part.replaceAll('\\.', '.'))
  const root = first === 'data' ? event.data : own(event.attributes, first)
  const value = path.reduce(own, root)
  if (value === undefined) return ''
  if (Array.isArray(value)) return `[${value.length}]`
  return isObject(value) ? `{${Object.keys(value).length}}` : String(value).slice(0, ROOM)
}
