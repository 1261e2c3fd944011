import { Event } from '../event/event.js'
import { bodyStart, sourceLength, sourceStart, tagLength, tagStart } from '../event/frame.js'
import { compilePath, scalarAt, textLength, textStart } from '../event/msgpack/find.js'
import { readText } from '../event/msgpack/generated-code.js'
import { hasMoreValues } from '../event/msgpack/walk.js'
import { segmentsEnd } from '../event/segments.js'
import { type SeverityName, severityOfValue } from '../event/severity.js'
import { findAttribute } from '../filter/field.js'
import { type BodyKeys, compileKeys, findInBody, findKeysInBody } from '../filter/long-bodies.js'
import type { DerivedAttributes, ReadDerived } from '../filter/matcher.js'
import { type Derivation, publishersHost, usualHost, usualSeverity } from './derivation.js'
import type { EventType } from './event-type.js'
import type { TypeRegistry } from './registry.js'

type ReadField = (bytes: Uint8Array, at: number) => unknown

/** A longer text is neither a severity nor the name of a host. */
const LONGEST_TEXT = 256
/** Bytes and values of data that a rule reads as a whole. */
const LONGEST_DATA = 1024 * 1024
const MOST_VALUES = 8192

/** The readers for events of one type. */
export interface TypeReaders {
  /** Undefined for tags that no type has. */
  readonly type: EventType | undefined
  readonly severity: ReadDerived<SeverityName>
  readonly host: ReadDerived
}

/** Returns how the attributes `severity` and `host` of events are read, by the rules of their types. */
export function derivedAttributes(types: TypeRegistry): DerivedAttributes {
  const readersOf = typeReaders(types)
  return {
    severity: (bytes, at) => carriedSeverity(bytes, at) ?? readersOf(bytes, at).severity(bytes, at),
    host: (bytes, at) => carriedHost(bytes, at) ?? readersOf(bytes, at).host(bytes, at),
    originOf: (name, bytes, at) =>
      (name === 'severity' ? carriedSeverity : carriedHost)(bytes, at) === undefined
        ? originIn(readersOf(bytes, at).type, name, bytes, at)
        : 'the event carries it',
  }
}

/** The last field that a rule has read is the one that it has the attribute from. */
function originIn(
  type: EventType | undefined,
  name: 'severity' | 'host',
  bytes: Uint8Array,
  at: number,
): string | undefined {
  const { fields, read }: Derivation<string> = name === 'severity' ? severityRule(type) : hostRule(type)
  const readers = new KeyReader(fields).all()
  let last: string | undefined
  const found = read((nth) => {
    const value = readers[nth](bytes, at)
    if (value !== undefined) last = fields[nth]
    return value
  })
  if (found === undefined) return undefined
  const from = last === undefined ? [] : [`from ${last}`]
  return [...from, ...(type === undefined ? [] : [`by the rule of the type ${type.type}`])].join(', ')
}

function severityRule(type: EventType | undefined): Derivation<SeverityName> {
  return type?.severity ?? usualSeverity
}

function hostRule(type: EventType | undefined): Derivation<string> {
  return type === undefined ? publishersHost : (type.host ?? usualHost)
}

/** Attributes that an event carries go before the rule of its type. */
export const carriedSeverity = carried('severity', severityOfValue)
export const carriedHost = carried('host', (value) => (typeof value === 'string' ? value : undefined))

function carried<Value extends string>(
  name: string,
  read: (carried: unknown) => Value | undefined,
): ReadDerived<Value> {
  const path = compilePath([name])
  return (bytes, at) => {
    const position = findAttribute(bytes, at, path)
    return position < 0 ? undefined : read(shortScalar(bytes, position))
  }
}

/** Returns the readers for the type that an event has when it is read. */
export function typeReaders(types: TypeRegistry): (bytes: Uint8Array, at: number) => TypeReaders {
  const known = new WeakMap<EventType, TypeReaders>()
  const otherwise = readersFor(undefined)
  const readersOf = (name: string): TypeReaders => {
    const type = types.get(name)
    if (type === undefined) return otherwise
    const readers = known.get(type)
    if (readers !== undefined) return readers
    const made = readersFor(type)
    known.set(type, made)
    return made
  }
  const typePath = compilePath(['type'])
  return (bytes, at) => {
    const position = findAttribute(bytes, at, typePath)
    const carried = position < 0 ? undefined : shortScalar(bytes, position)
    if (typeof carried === 'string') return readersOf(carried)
    const start = tagStart(bytes, at)
    return readersOf(types.typeOfBytes(bytes, start, start + tagLength(bytes, at)))
  }
}

function readersFor(type: EventType | undefined): TypeReaders {
  return {
    type,
    severity: compileDerivation(severityRule(type)),
    host: compileDerivation(hostRule(type)),
  }
}

function compileDerivation<Value extends string>({ fields, read }: Derivation<Value>): ReadDerived<Value> {
  const keys = new KeyReader(fields)
  const readers = keys.all()
  let events: Uint8Array = new Uint8Array()
  let offset = 0
  const field = (nth: number) => readers[nth](events, offset)
  return (bytes, at) => {
    events = bytes
    offset = at
    keys.isRead = false
    return read(field)
  }
}

/** Finds all fields of a rule that are keys of the data in one walk, when the first of them is asked for. */
class KeyReader {
  isRead = false
  readonly #fields: readonly string[]
  readonly #names: readonly string[]
  readonly #keys: BodyKeys
  readonly #found: Int32Array

  constructor(fields: readonly string[]) {
    this.#fields = fields
    this.#names = fields.filter((name) => /^data\.[^.\\]+$/.test(name))
    this.#keys = compileKeys(this.#names.map((name) => name.slice('data.'.length)))
    this.#found = new Int32Array(this.#names.length)
  }

  /** A reader for each of the fields. */
  all(): ReadField[] {
    return this.#fields.map((name) => this.#readerOf(name) ?? fieldReader(name))
  }

  /** Undefined for a field that is not a key of the data, and for the only one. */
  #readerOf(name: string): ReadField | undefined {
    const nth = this.#names.indexOf(name)
    if (nth < 0 || this.#names.length < 2) return undefined
    return (bytes, at) => {
      if (!this.isRead) this.#walk(bytes, at)
      const position = this.#found[nth]
      return position < 0 ? undefined : shortScalar(bytes, position)
    }
  }

  #walk(bytes: Uint8Array, at: number): void {
    findKeysInBody(bytes, at, this.#keys, this.#found)
    this.isRead = true
  }
}

function fieldReader(name: string): ReadField {
  if (name === 'source') return source
  if (name === 'data') return shortData
  const [place, ...path] = name.split('.')
  return place === 'tag' ? tagSegmentReader(Number(path[0])) : dataReader(path)
}

/** Undefined for data that takes long to make: a body of 16 MB may have a million values. */
function shortData(bytes: Uint8Array, at: number): unknown {
  const event = new Event(bytes, at)
  const start = bodyStart(bytes, at)
  const isLong = event.end - start > LONGEST_DATA || hasMoreValues(bytes, start, event.end, MOST_VALUES)
  return isLong ? undefined : event.data
}

function source(bytes: Uint8Array, at: number): string {
  const start = sourceStart(bytes, at)
  return readText(bytes, start, start + sourceLength(bytes, at))
}

function tagSegmentReader(nth: number): ReadField {
  return (bytes, at) => {
    const tag = tagStart(bytes, at)
    const end = tag + tagLength(bytes, at)
    const start = nth === 0 ? tag : segmentsEnd(bytes, tag, end, nth)
    if (start < 0) return undefined
    const next = segmentsEnd(bytes, start, end, 1)
    return readText(bytes, start, next < 0 ? end : next - 1)
  }
}

function dataReader(names: readonly string[]): ReadField {
  const path = compilePath(names)
  return (bytes, at) => {
    const position = findInBody(bytes, at, path)
    return position < 0 ? undefined : shortScalar(bytes, position)
  }
}

function shortScalar(bytes: Uint8Array, position: number): unknown {
  const length = textLength(bytes, position)
  if (length < 0) return scalarAt(bytes, position)
  const start = textStart(bytes, position)
  return length > LONGEST_TEXT ? undefined : readText(bytes, start, start + length)
}
