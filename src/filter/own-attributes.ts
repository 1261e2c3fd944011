import { formatCursor } from '../event/cursor.js'
import {
  bodyStart,
  frameKind,
  frameSeq,
  frameTime,
  sourceLength,
  sourceStart,
  tagLength,
  tagStart,
} from '../event/frame.js'
import { compilePath, kindAt, scalarAt } from '../event/msgpack/find.js'
import { formatTime } from '../event/position.js'
import { severityOfValue } from '../event/severity.js'
import { decodeUtf8 } from '../event/utf8.js'
import { findAttribute } from './field.js'
import type { CompileOptions, DerivedAttributes, ReadDerived } from './matcher.js'

type ReadOwn = (bytes: Uint8Array, at: number) => string | number

/** Attributes that events have by their types, if they do not carry them. */
export const derivedNames: ReadonlySet<string> = new Set<keyof DerivedAttributes>(['severity', 'host'])

/** Reads an attribute that events have by their types; undefined for all others. What an event carries goes first. */
export function derivedAttribute(name: string, { derived }: CompileOptions): ReadDerived | undefined {
  if (name === 'severity') return derived?.severity ?? carriedSeverity
  return name === 'host' ? derived?.host : undefined
}

/** Says in words what an attribute was read from that events have by their types; undefined for all others. */
export function originOfAttribute(
  name: string,
  bytes: Uint8Array,
  at: number,
  { derived }: CompileOptions,
): string | undefined {
  return name === 'severity' || name === 'host' ? derived?.originOf?.(name, bytes, at) : undefined
}

const severityPath = compilePath(['severity'])

/** Comparisons name severities in their usual spelling, and events may have another. */
function carriedSeverity(bytes: Uint8Array, at: number): string | undefined {
  const position = findAttribute(bytes, at, severityPath)
  if (position < 0) return undefined
  const scalar = scalarAt(bytes, position)
  return severityOfValue(scalar) ?? (typeof scalar === 'string' ? scalar : undefined)
}

/** Attributes that the frame or the hub provides, whatever the frame carries. */
export const neverCarried = new Set(['tag', 'source', 'kind', 'specversion', 'cursor'])

/** Reads an attribute that the outgoing CloudEvent has without the frame carrying it; undefined for all others. */
export function ownAttribute(name: string, { typeOf, epoch }: CompileOptions): ReadOwn | undefined {
  switch (name) {
    case 'tag':
      return readTag
    case 'source':
      return (bytes, at) => textIn(bytes, sourceStart(bytes, at), sourceLength(bytes, at))
    case 'type':
      return (bytes, at) => typeOf(readTag(bytes, at))
    case 'id':
    case 'cursor':
      return (bytes, at) => idOf(bytes, at, epoch?.() ?? '')
    case 'time':
      return (bytes, at) => formatTime(frameTime(bytes, at))
    case 'kind':
      return frameKind
    case 'specversion':
      return () => '1.0'
    case 'datacontenttype':
      return (bytes, at) =>
        kindAt(bytes, bodyStart(bytes, at)) === 'bytes' ? 'application/octet-stream' : 'application/json'
    default:
      return undefined
  }
}

function idOf(bytes: Uint8Array, at: number, epoch: string): string {
  const seq = frameSeq(bytes, at)
  return seq === 0 ? `${epoch}-0-${frameTime(bytes, at)}` : formatCursor(epoch, seq)
}

function readTag(bytes: Uint8Array, at: number): string {
  return textIn(bytes, tagStart(bytes, at), tagLength(bytes, at))
}

function textIn(bytes: Uint8Array, start: number, length: number): string {
  return decodeUtf8(bytes, start, start + length)
}
