import { UNKNOWN_HOST } from '../notifications/socket-address.js'
import { type Address, LITTLE, packAddress, unpackAddress } from './address.js'
import {
  type FieldKind,
  type OptionLayout,
  optionLayouts,
  pathFields,
  type TailKind,
} from './option-layouts.js'

type Layouts = typeof optionLayouts
export type OptionName = keyof Layouts

type FieldsOf<F> = {
  -readonly [K in keyof F]: F[K] extends readonly [number, infer Kind] ? FieldValue<Kind> : never
}
type FieldValue<Kind> = Kind extends 'address' ? Address : Kind extends 'path' ? PathInfo : number
type TailOf<L> = L extends { tail: readonly [infer N extends string, infer Kind, string] }
  ? { [K in N]: Kind extends 'bytes' ? Uint8Array : number[] }
  : unknown

/** struct sctp_paddrinfo */
export type PathInfo = FieldsOf<typeof pathFields>

/** The value of an option: a whole number, or an object with the fields of its struct. */
export type OptionValue<N extends OptionName> = Layouts[N]['fields'] extends { value: unknown }
  ? number
  : FieldsOf<Layouts[N]['fields']> & TailOf<Layouts[N]>

/** Fields that are left out are 0. */
export type OptionInput<N extends OptionName> =
  OptionValue<N> extends number ? number : Partial<OptionValue<N>>

/** The kernel requires room for all existing associations. */
const TAIL_BYTES = 256 * 1024
type NumberKind = Exclude<FieldKind, 'address' | 'path'>

const ranges: Record<NumberKind, [least: number, most: number]> = {
  u8: [0, 0xff],
  u16: [0, 0xffff],
  u32: [0, 0xffff_ffff],
  i32: [-0x8000_0000, 0x7fff_ffff],
}

export function layoutOf(name: OptionName): OptionLayout {
  const layout = Object.hasOwn(optionLayouts, name) ? optionLayouts[name] : undefined
  if (layout === undefined) throw new TypeError(`${JSON.stringify(name)} is not an option`)
  return layout
}

/** Packs the bytes for setsockopt, or for a getsockopt about an association or an address. */
export function packOption<N extends OptionName>(name: N, input: OptionInput<N>, room = false): Uint8Array {
  const { bytes, fields, tail } = layoutOf(name)
  const values: Record<string, unknown> = typeof input === 'number' ? { value: input } : input
  refuseUnknown(name, values, tail ? [...Object.keys(fields), tail[0]] : Object.keys(fields))
  const rest = tail ? packTail(tail[0], tail[1], values[tail[0]]) : new Uint8Array()
  const packed = new Uint8Array(bytes + (room && tail ? TAIL_BYTES : rest.length))
  const view = new DataView(packed.buffer)
  for (const [key, [offset, kind]] of Object.entries(fields)) {
    const value = tail && tail[2] === key ? rest.length / unitOf(tail[1]) : values[key]
    if (value !== undefined) writeField(view, offset, kind, value, key)
  }
  packed.set(rest, bytes)
  return packed
}

export function unpackOption<N extends OptionName>(name: N, packed: Uint8Array): OptionValue<N> {
  const { bytes, fields, tail } = layoutOf(name)
  // An older kernel may have a shorter struct; the missing fields are 0.
  const whole =
    packed.length < bytes ? Buffer.concat([packed, new Uint8Array(bytes - packed.length)]) : packed
  const view = new DataView(whole.buffer, whole.byteOffset, whole.length)
  const values = readFields(view, 0, fields)
  if (tail) values[tail[0]] = unpackTail(view, bytes, tail[1], values[tail[2]] as number)
  return ('value' in fields ? values.value : values) as OptionValue<N>
}

function refuseUnknown(name: string, values: object, known: string[]): void {
  const unknown = Object.keys(values).find((key) => !known.includes(key))
  if (unknown !== undefined) throw new TypeError(`${name} has no field ${JSON.stringify(unknown)}`)
}

function writeField(view: DataView, at: number, kind: FieldKind, value: unknown, key: string): void {
  if (kind === 'path') writeFields(view, at, pathFields, value as Record<string, unknown>)
  else if (kind === 'address') writeAddress(view, at, value as Address)
  else writeNumber(view, at, kind, value, key)
}

/** A missing address is read as an unknown one, which must be accepted here. */
function writeAddress(view: DataView, at: number, address: Address): void {
  if (address[0] !== UNKNOWN_HOST) new Uint8Array(view.buffer).set(packAddress(address), at)
}

function writeNumber(view: DataView, at: number, kind: NumberKind, value: unknown, key: string): void {
  const [least, most] = ranges[kind]
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${key} must be a whole number from ${least} to ${most}`)
  }
  if (kind === 'u8') view.setUint8(at, value)
  else if (kind === 'u16') view.setUint16(at, value, LITTLE)
  // `>>> 0` gives a negative number the bytes of its two's complement.
  else view.setUint32(at, value >>> 0, LITTLE)
}

function writeFields(
  view: DataView,
  at: number,
  fields: OptionLayout['fields'],
  values: Record<string, unknown>,
): void {
  for (const [key, [offset, kind]] of Object.entries(fields)) {
    if (values[key] !== undefined) writeField(view, at + offset, kind, values[key], key)
  }
}

function readFields(view: DataView, at: number, fields: OptionLayout['fields']): Record<string, unknown> {
  const entries = Object.entries(fields)
  return Object.fromEntries(entries.map(([key, [offset, kind]]) => [key, readField(view, at + offset, kind)]))
}

function readField(view: DataView, at: number, kind: FieldKind): unknown {
  if (kind === 'path') return readFields(view, at, pathFields)
  if (kind === 'address') return unpackAddress(view, at)
  if (kind === 'u8') return view.getUint8(at)
  if (kind === 'u16') return view.getUint16(at, LITTLE)
  return kind === 'u32' ? view.getUint32(at, LITTLE) : view.getInt32(at, LITTLE)
}

function unitOf(kind: TailKind): number {
  return kind === 'bytes' ? 1 : kind === 'u16s' ? 2 : 4
}

function packTail(name: string, kind: TailKind, value: unknown = []): Uint8Array {
  if (kind === 'bytes') return Uint8Array.from(value as Uint8Array)
  const numbers = value as number[]
  const view = new DataView(new ArrayBuffer(numbers.length * unitOf(kind)))
  for (const [i, each] of numbers.entries()) {
    writeField(view, i * unitOf(kind), kind === 'u16s' ? 'u16' : 'i32', each, name)
  }
  return new Uint8Array(view.buffer)
}

function unpackTail(view: DataView, at: number, kind: TailKind, count: number): Uint8Array | number[] {
  const fitting = Math.min(count, Math.floor((view.byteLength - at) / unitOf(kind)))
  if (kind === 'bytes')
    return new Uint8Array(view.buffer.slice(view.byteOffset + at, view.byteOffset + at + fitting))
  return Array.from({ length: fitting }, (_, i) =>
    kind === 'u16s' ? view.getUint16(at + 2 * i, LITTLE) : view.getInt32(at + 4 * i, LITTLE),
  )
}
