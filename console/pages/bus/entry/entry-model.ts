import { own } from '../../../../src/event/json/object.js'
import type { ConfigEditParams, ConfigKey } from '../../../../src/methods/contract/index.js'
import { isWithin, pathOf, withPart } from '../../../hub/key-values.js'
import { typedValue } from '../values.js'

type Edits = NonNullable<ConfigEditParams['edits']>

/** A key of an entry, such as a sink, with what the file says. */
export interface EntryField {
  /** Within the entry: `retry.tries`. */
  readonly name: string
  readonly about: ConfigKey
  /** Undefined if the file does not say it. Secrets in it are masked. */
  readonly value: unknown
}

/** Stands for a secret that is not shown. */
const MASK = '***'
/** The values of a key that may be text or a structure. */
const ANY = 'any'
const PLAIN = /^(text|path|URL|host:port|duration|size)/

/**
 * The fields of an entry, or of a map of a list in it. The first of the keys is that of the entry itself, which is not one of
 * them.
 */
export function fieldsOf([around, ...keys]: readonly ConfigKey[], entry: unknown): EntryField[] {
  return keys.map((about) => {
    const name = nameWithin(about.key, around)
    const value = pathOf(name).reduce<unknown>((inner, part) => own(inner, String(part)), entry)
    return { name, about, value }
  })
}

/** The name of a key within an entry: `retry.tries`. */
export function nameWithin(key: string, around: ConfigKey): string {
  return key.slice(around.key.length + 1)
}

/** The value that somebody has typed for a key, which may have one before; undefined for none. */
export function fieldValue({ value, words }: ConfigKey, typed: string, before?: unknown): unknown {
  // Text of several lines keeps them all.
  const text = typed.includes('\n') ? typed : typed.trim()
  if (text.trim() === '') return undefined
  if (isChoice({ value, words }))
    return /^(true|false)$/.test(text) && value.includes('`true`') ? text === 'true' : text
  // The template of a body may be a text of JSON, which is another thing than JSON.
  const isText = value === ANY ? typeof before === 'string' : PLAIN.test(value) && !value.includes(' or list')
  return isText ? text : typedValue(text)
}

/** Returns whether all values of a key are words. */
export function isChoice({ value, words }: Pick<ConfigKey, 'value' | 'words'>): boolean {
  return words.length > 0 && value.split(' or ').every((each) => each.startsWith('`'))
}

/** Conditions and templates are long. */
const LONG = ['where', 'body']

/** Returns whether a field is for several lines. */
export function hasLines({ name, value }: Pick<EntryField, 'name' | 'value'>): boolean {
  return LONG.includes(name) || textOf(value).includes('\n')
}

/** The edits of an entry that exists: only of fields with another text than before, or that the hub has asked for. */
export function editsOf(
  fields: readonly EntryField[],
  typed: ReadonlyMap<string, string>,
  asked: readonly string[] = [],
): Edits {
  const edits = fields.flatMap((field): Edits => {
    const { name, about, value } = field
    const next = valueAfter(field, typed)
    const isSame = typed.get(name) === textOf(value) && !asked.includes(name)
    return !typed.has(name) || isSame || next === undefined ? [] : [{ key: about.key, value: next }]
  })
  return [...edits, ...cleared(fields, typed).map(({ key }) => ({ key, delete: true }))]
}

/**
 * The names of the lists and maps that somebody else has changed between two readings. What was typed for one replaces it as
 * a whole, and would take that change back.
 */
export function outdated(
  before: readonly EntryField[],
  now: readonly EntryField[],
  typed: ReadonlyMap<string, string>,
): string[] {
  return [...typed.keys()].filter((name) => {
    const [old, next] = [before, now].map((fields) => fields.find((each) => each.name === name)?.value)
    const hasParts = typeof old === 'object' || typeof next === 'object'
    return hasParts && textOf(old) !== textOf(next)
  })
}

/** The maps that exist, and go with their last key. */
export function emptied(fields: readonly EntryField[], typed: ReadonlyMap<string, string>): string[] {
  return cleared(fields, typed).flatMap(({ map }) => map ?? [])
}

interface Cleared {
  readonly key: string
  /** The name of the map, if a whole map goes. */
  readonly map: string | undefined
}

/** The keys to delete. A map whose last key is cleared goes with it, since most maps need one of their keys. */
function cleared(fields: readonly EntryField[], typed: ReadonlyMap<string, string>): Cleared[] {
  const byKey = new Map<string, Cleared>()
  for (const field of fields) {
    if (field.value === undefined || valueAfter(field, typed) !== undefined) continue
    const { name, about } = field
    const map = emptyMap(name, fields, typed)
    const key = about.key.slice(0, about.key.length - name.length + (map ?? name).length)
    byKey.set(key, { key, map })
  }
  return [...byKey.values()]
}

/** The value of a field with what was typed; one whose text is as before stays. */
function valueAfter({ name, about, value }: EntryField, typed: ReadonlyMap<string, string>): unknown {
  const text = typed.get(name)
  return text === undefined || text === textOf(value) ? value : fieldValue(about, text, value)
}

/** The outermost map around a key that has no key any longer. */
function emptyMap(
  name: string,
  fields: readonly EntryField[],
  typed: ReadonlyMap<string, string>,
): string | undefined {
  const maps = [...name.matchAll(/\./g)].map(({ index }) => name.slice(0, index))
  return maps.find((map) =>
    fields.every((each) => !each.name.startsWith(`${map}.`) || valueAfter(each, typed) === undefined),
  )
}

/** An entry as a map, with what was typed. */
export function entryOf(fields: readonly EntryField[], typed: ReadonlyMap<string, string>): object {
  const given = fields.flatMap((field) => {
    const value = valueAfter(field, typed)
    return value === undefined ? [] : [{ path: pathOf(field.name), value }]
  })
  return given.reduce<object>((entry, { path, value }) => Object(withPart(entry, path, value)), {})
}

/** A value as it is typed; empty if there is none. */
export function textOf(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Returns whether the value has a secret that is kept as long as its mask stays. */
export function isKept({ value }: Pick<EntryField, 'value'>): boolean {
  return value !== undefined && textOf(value).includes(MASK)
}

/** The names of the fields that have the key, or in which it is. */
export function fieldsWith(fields: readonly EntryField[], key: string): string[] {
  return fields.filter(({ about }) => isWithin(key, about.key)).map(({ name }) => name)
}

/**
 * The fields with secrets that must be given again, since a change says that they are sent elsewhere, or the hub has asked
 * for them. Only of those that it has asked for, the same text is one that was given.
 */
export function neededAgain(
  fields: readonly EntryField[],
  typed: ReadonlyMap<string, string>,
  asked: readonly string[] = [],
): EntryField[] {
  const current = ({ name, value }: EntryField) => typed.get(name) ?? textOf(value)
  const isMasked = (field: EntryField) => isKept(field) && current(field).includes(MASK)
  const isSentElsewhere = fields.some(
    (field) => field.about.destination && current(field) !== textOf(field.value),
  )
  return fields.filter((field) => {
    if (asked.includes(field.name)) return !typed.has(field.name) || isMasked(field)
    return isSentElsewhere && isMasked(field)
  })
}
