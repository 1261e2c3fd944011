import { compilePath, scalarAt, textLength } from '../../event/msgpack/find.js'
import { findAttribute } from '../field.js'
import { FilterLimits } from '../limits.js'
import { findInBody } from '../long-bodies.js'
import type { CompileOptions } from '../matcher.js'
import { derivedAttribute, neverCarried, ownAttribute } from '../own-attributes.js'
import type { Identifier } from './ast.js'
import { isInteger, type Value } from './values.js'

/** Reads the value of an identifier in the frame at offset `at`. */
export interface Field {
  /** Offset of its msgpack value, -1 if it is missing. Absent if the value can also come from elsewhere. */
  readonly locate?: (bytes: Uint8Array, at: number) => number
  /**
   * The value, or the reason why there is none: `missingAttribute`, `cast` (a list, a map or bytes),
   * `generic` (too long).
   */
  read(bytes: Uint8Array, at: number): Value | NoValue
  exists(bytes: Uint8Array, at: number): boolean
}

export class NoValue {
  readonly kind: 'missingAttribute' | 'cast' | 'generic'

  constructor(kind: NoValue['kind']) {
    this.kind = kind
  }
}

const missing = new NoValue('missingAttribute')
const noScalar = new NoValue('cast')
const tooLong = new NoValue('generic')

export function compileField(identifier: Identifier, options: CompileOptions): Field {
  if (identifier.is === 'attribute') return compileAttribute(identifier.name, options)
  const path = compilePath(identifier.path)
  return located((bytes, at) => findInBody(bytes, at, path), readScalar)
}

type Read = (bytes: Uint8Array, at: number) => Value | NoValue

/** Attributes have the values of the outgoing CloudEvent (see cloudevents.ts); `tag` is added. */
function compileAttribute(name: string, options: CompileOptions): Field {
  const path = compilePath([name])
  const derived = derivedAttribute(name, options)
  if (derived !== undefined)
    return {
      read: (bytes, at) => derived(bytes, at) ?? missing,
      exists: (bytes, at) => derived(bytes, at) !== undefined,
    }
  const carried = located((bytes, at) => findAttribute(bytes, at, path), readAttribute)
  const own = ownAttribute(name, options)
  if (own === undefined) return carried
  if (neverCarried.has(name)) return always(own)
  return always((bytes, at) => {
    const value = carried.read(bytes, at)
    // As in all filters, a type that is not text counts as missing.
    return value instanceof NoValue || (name === 'type' && typeof value !== 'string') ? own(bytes, at) : value
  })
}

function located(locate: (bytes: Uint8Array, at: number) => number, readAt: Read): Field {
  return {
    locate,
    read(bytes, at) {
      const position = locate(bytes, at)
      return isMissing(bytes, position) ? missing : readAt(bytes, position)
    },
    exists: (bytes, at) => !isMissing(bytes, locate(bytes, at)),
  }
}

function always(read: Read): Field {
  return { read, exists: () => true }
}

/** Nil counts as missing, in attributes and in the body. */
export function isMissing(bytes: Uint8Array, position: number): boolean {
  return position < 0 || bytes[position] === 0xc0
}

function readScalar(bytes: Uint8Array, position: number): Value | NoValue {
  if (textLength(bytes, position) > FilterLimits.searchedBytes) return tooLong
  const scalar = scalarAt(bytes, position)
  return scalar === undefined || scalar === null || scalar instanceof Uint8Array ? noScalar : scalar
}

/** An integer of more than 32 bits becomes text, as in a CloudEvent. */
function readAttribute(bytes: Uint8Array, position: number): Value | NoValue {
  const value = readScalar(bytes, position)
  const wide = typeof value === 'bigint' || (typeof value === 'number' && !isInteger(value))
  return wide ? String(value) : value
}
