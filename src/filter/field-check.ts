import { Event } from '../event/event.js'
import { bodyStart, frameBytes } from '../event/frame.js'
import {
  compilePath,
  find,
  kindAt,
  type PathStep,
  scalarAt,
  textLength,
  type ValueKind,
} from '../event/msgpack/find.js'
import { findAttribute, formatPath, parseField } from './field.js'
import { type ComparedKind, type FieldUse, kindOfText } from './field-uses.js'

/** A use of a field that no event meets, with the kinds of values that events have in the field. */
export interface UnmetUse {
  readonly use: FieldUse
  readonly seen: readonly ComparedKind[]
}

/**
 * Looks at events until each field that a filter names has been found with a value that can satisfy the filter.
 *
 * @example
 * import { encode, encodeFrame } from 'tocsin/event'
 * const check = new FieldCheck(fieldUses(exact('data.retcod', 1)))
 * check.look(encodeFrame({ tag: 'salt/job/1', body: encode({ retcode: 1 }) }), 0) // true
 * check.names // ['data.retcode']
 */
export class FieldCheck {
  readonly #open: OpenUse[]
  readonly #names = new FieldNames()
  /** Events that were looked at. */
  looked = 0

  constructor(uses: readonly FieldUse[]) {
    const different = new Map(uses.map((use) => [JSON.stringify([use.field, use.comparison]), use]))
    this.#open = [...different.values()].map((use) => new OpenUse(use))
  }

  /** Returns false if nothing is left to be found. */
  look(bytes: Uint8Array, at: number): boolean {
    if (this.#open.length === 0) return false
    this.looked++
    for (let nth = this.#open.length - 1; nth >= 0; nth--)
      if (this.#open[nth].isMetBy(bytes, at)) this.#open.splice(nth, 1)
    if (this.#open.length > 0) this.#names.add(bytes, at)
    return this.#open.length > 0
  }

  get unmet(): readonly UnmetUse[] {
    return this.#open.map(({ use, seen }) => ({ use, seen: [...seen] }))
  }

  /** Names of fields that events have. */
  get names(): readonly string[] {
    return [...this.#names.found]
  }
}

/** A longer text is none that can be cast. */
const LONGEST_CAST = 65

class OpenUse {
  readonly use: FieldUse
  readonly seen = new Set<ComparedKind>()
  readonly #path: readonly PathStep[]
  readonly #isData: boolean

  constructor(use: FieldUse) {
    const field = parseField(use.field)
    this.use = use
    this.#isData = field.in === 'data'
    this.#path = compilePath(field.in === 'data' ? field.path : [use.field])
  }

  isMetBy(bytes: Uint8Array, at: number): boolean {
    const position = this.#isData
      ? find(bytes, bodyStart(bytes, at), at + frameBytes(bytes, at), this.#path)
      : findAttribute(bytes, at, this.#path)
    if (position < 0) return false
    const kind = comparedKind(bytes, position)
    this.seen.add(kind)
    const { kinds } = this.use
    return kinds === undefined ? kind !== 'null' : kinds.includes(kind)
  }
}

function comparedKind(bytes: Uint8Array, position: number): ComparedKind {
  const kind = kindAt(bytes, position)
  if (kind !== 'text') return comparedKinds[kind]
  if (textLength(bytes, position) > LONGEST_CAST) return 'text'
  return kindOfText(String(scalarAt(bytes, position)))
}

const comparedKinds: Record<Exclude<ValueKind, 'text'>, ComparedKind> = {
  nil: 'null',
  boolean: 'boolean',
  integer: 'number',
  float: 'number',
  bytes: 'bytes',
  ext: 'bytes',
  array: 'list',
  map: 'map',
}

const MOST_NAMES = 1000
const DEEPEST = 4
/** To decode a longer event takes long. */
const LONGEST_EVENT = 16 * 1024
/** The first events are read, and then one of some: many events mostly have the same fields. */
const [FIRST_EVENTS, ONE_OF] = [1000, 64]

/** Collects the names of the fields that events have. */
class FieldNames {
  readonly found = new Set<string>()
  #offered = 0

  add(bytes: Uint8Array, at: number): void {
    const nth = this.#offered++
    if ((nth >= FIRST_EVENTS && nth % ONE_OF !== 0) || frameBytes(bytes, at) > LONGEST_EVENT) return
    const { data, attributes } = new Event(bytes, at)
    for (const name of Object.keys(attributes)) this.#add(name)
    this.#addAll(data, [])
  }

  #addAll(value: unknown, path: readonly string[]): void {
    if (path.length === DEEPEST || typeof value !== 'object' || value === null) return
    if (Array.isArray(value) || ArrayBuffer.isView(value)) return
    for (const [key, inner] of Object.entries(value)) {
      if (this.found.size >= MOST_NAMES) return
      if (key === '') continue
      this.#add(formatPath([...path, key]))
      this.#addAll(inner, [...path, key])
    }
  }

  #add(name: string): void {
    if (this.found.size < MOST_NAMES) this.found.add(name)
  }
}
