import { TocsinError } from '../../errors/tocsin-error.js'
import { formatCursor } from '../../event/cursor.js'
import type { Event } from '../../event/event.js'
import { jsonView } from '../../event/json/view.js'
import { ownTime } from '../../event/own-time.js'
import { formatTime } from '../../event/position.js'
import { canonicalField, type Field, parseField } from '../../filter/field.js'
import { derivedAttribute } from '../../filter/own-attributes.js'
import { pairsOf } from '../../types/value-text.js'
import { escapeText } from '../terminal/text.js'
import type { EventFormat, View } from './formats.js'
import { type TimeStyle, Times } from './times.js'

export type FieldReader = (event: Event) => unknown

/**
 * Reads one field of an event: what filters can name (tag, source, type, kind, a CloudEvents attribute,
 * data.<path>), and seq, cursor, time (its own), logtime (when the log stored it), size. Throws TCN_FILTER_SYNTAX for an invalid name.
 */
export function fieldReader(
  name: string,
  view: Pick<View, 'epoch' | 'typeOf' | 'derived'>,
  time: (micros: number) => string = formatTime,
): FieldReader {
  if (name === 'seq') return (event) => event.seq
  if (name === 'cursor') return (event) => (event.seq === 0 ? undefined : formatCursor(view.epoch, event.seq))
  if (name === 'time') return (event) => time(ownTime(event))
  if (name === 'logtime') return (event) => time(event.time)
  if (name === 'size') return (event) => event.end - event.at
  return filterField(parseField(canonicalField(name, name)), view)
}

function filterField(field: Field, { typeOf, derived }: Pick<View, 'typeOf' | 'derived'>): FieldReader {
  if (field.in === 'data') return (event) => valueAt(event.data, field.path)
  if (field.in === 'attribute') {
    const read = derivedAttribute(field.name, { typeOf, derived })
    return (event) => (read ? read(event.bytes, event.at) : attribute(event, field.name))
  }
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

/** One line: text with control characters escaped, nothing for a missing value, everything else as JSON. */
export function fieldText(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return escapeText(value)
  const view = jsonView(value)
  return escapeText(typeof view === 'string' ? view : JSON.stringify(view))
}

export function fieldJson(value: unknown): string {
  return escapeText(JSON.stringify(jsonView(value ?? null)))
}

/** `time,tag,data.jid`: the fields, separated by tabs. */
export function fieldsFormat(list: string, view: View, time?: TimeStyle): EventFormat {
  const fields = new ShownFields(splitFields(list), view, time)
  return {
    binary: false,
    encode: (event) => `${fields.texts(event).join('\t')}\n`,
    missing: () => fields.missing(),
  }
}

const KNOWN = 8

/** Fields, and which of them no event had. */
class ShownFields {
  readonly #fields: { readonly name: string; readonly read: FieldReader; seen: boolean }[]
  #last: Event | undefined

  constructor(names: readonly string[], view: View, time?: TimeStyle) {
    this.#fields = names.map((name) => ({ name, read: fieldReader(name, view, writer(time)), seen: false }))
  }

  texts(event: Event): string[] {
    this.#last = event
    return this.#fields.map((field) => {
      const value = field.read(event)
      if (value !== undefined) field.seen = true
      return fieldText(value)
    })
  }

  missing(): { name: string; known: string[] }[] {
    const known = this.#last === undefined ? [] : knownFields(this.#last.data)
    return this.#fields.filter(({ seen }) => !seen).map(({ name }) => ({ name, known }))
  }
}

function knownFields(data: unknown): string[] {
  const names = [...(pairsOf(data) ?? [])]
    .slice(0, KNOWN)
    .flatMap(([key]) => (typeof key === 'string' ? [key] : []))
  return names.map((name) => `data.${name.slice(0, 40)}`)
}

function writer(style: TimeStyle | undefined): ((micros: number) => string) | undefined {
  if (style === undefined) return undefined
  const times = new Times(style)
  return (micros) => times.text(micros)
}

/** Splits at commas; a comma within a key is written `\,`. */
export function splitFields(list: string): string[] {
  return [...list.matchAll(/(?:[^\\,]|\\.)+/gs)].map(([name]) => name.trim().replaceAll('\\,', ','))
}

const escapes: Record<string, string> = { '\\t': '\t', '\\n': '\n', '\\0': '\0', '\\\\': '\\' }

/** `{{.time}} {{.tag}} {{json .data}}`; `\t`, `\n` and `\0` stand for a tab, a line feed and NUL. */
export function templateFormat(template: string, view: View, time?: TimeStyle): EventFormat {
  const pieces = split(template).map(({ text, action }) =>
    action === undefined ? () => text : compile(action, view, writer(time)),
  )
  return { binary: false, encode: (event) => `${pieces.map((piece) => piece(event)).join('')}\n` }
}

function split(template: string): { text: string; action?: string }[] {
  const pieces: { text: string; action?: string }[] = []
  let at = 0
  while (at < template.length) {
    const open = template.indexOf('{{', at)
    if (open < 0) break
    const close = template.indexOf('}}', open)
    if (close < 0) throw invalid(template.slice(open), 'has no end: }} is missing')
    pieces.push(
      { text: literal(template.slice(at, open)) },
      { text: '', action: template.slice(open + 2, close).trim() },
    )
    at = close + 2
  }
  pieces.push({ text: literal(template.slice(at)) })
  return pieces.filter(({ text, action }) => text !== '' || action !== undefined)
}

function literal(text: string): string {
  return text.replace(/\\[tn0\\]/g, (written) => escapes[written])
}

function compile(
  action: string,
  view: View,
  time: ReturnType<typeof writer>,
): ReturnType<typeof fieldReader> {
  const match = /^(json\s+)?\.(\S.*)$/s.exec(action)
  if (!match) throw invalid(`{{${action}}}`, 'is neither {{.field}} nor {{json .field}}')
  const read = fieldReader(match[2], view, time)
  return match[1] ? (event) => fieldJson(read(event)) : (event) => fieldText(read(event))
}

function invalid(what: string, why: string): TocsinError {
  return new TocsinError('TCN_USAGE', `template: ${JSON.stringify(what.slice(0, 80))} ${why}`)
}
