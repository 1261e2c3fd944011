import { z } from 'zod'
import { isObject } from '../../event/json/object.js'
import { formatTime } from '../../event/position.js'
import type { Zone } from '../../event/zone.js'
import { parseField } from '../../filter/field.js'
import { parseTime } from './time.js'

const MAX_CONVERSIONS = 256
const LONGEST_NUMBER = 64

export const conversionNames = ['int', 'number', 'bool', 'time', 'text'] as const
export type ConversionName = (typeof conversionNames)[number]

/** The setting `types` of an entry of `parse`. */
export const typesConfig = z
  .record(
    z.string().min(1).max(256),
    z
      .enum(conversionNames)
      .describe(
        'Type that the text of a field is converted to. A value that cannot be converted stays what it is, and is counted.',
      ),
  )
  .refine((types) => Object.keys(types).length <= MAX_CONVERSIONS, {
    error: `at most ${MAX_CONVERSIONS} fields`,
  })

export interface ConversionReading {
  /** µs since the epoch */
  now: number
  zone: Zone
}

/** Makes values of fields that are text what the configuration says that they are. */
export class Conversions {
  readonly #conversions: readonly { name: string; path: readonly string[]; to: ConversionName }[]

  constructor(types: Readonly<Record<string, ConversionName>> = {}) {
    this.#conversions = Object.entries(types).map(([name, to]) => ({ name, path: pathOf(name), to }))
  }

  /** Returns the names of fields whose values stay what they are, since they cannot be converted. */
  apply(fields: unknown, reading: ConversionReading): readonly string[] {
    if (this.#conversions.length === 0) return nothing
    return this.#conversions.filter(({ path, to }) => !convertAt(fields, path, to, reading)).map(nameOf)
  }
}

const nothing: readonly string[] = []

function nameOf({ name }: { name: string }): string {
  return name
}

/** A path below the fields, written as in filters. */
function pathOf(name: string): readonly string[] {
  const field = parseField(`data.${name}`)
  return field.in === 'data' ? field.path : []
}

/** Returns false for a value that cannot be converted, but not for an empty text. */
function convertAt(
  fields: unknown,
  path: readonly string[],
  to: ConversionName,
  reading: ConversionReading,
): boolean {
  let holder = fields
  for (const key of path.slice(0, -1))
    holder = isObject(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined
  const last = path[path.length - 1]
  if (!isObject(holder) || !Object.hasOwn(holder, last)) return true
  const value = holder[last]
  if (value === '' || value === null) return true
  const converted = conversions[to](value, reading)
  if (converted !== undefined) holder[last] = converted
  return converted !== undefined
}

type Conversion = (value: unknown, reading: ConversionReading) => unknown

/** Each returns undefined for a value that it cannot convert. */
const conversions: Readonly<Record<ConversionName, Conversion>> = {
  int: (value) => {
    const number = numberOf(value, /^[+-]?\d+$/)
    return Number.isSafeInteger(number) ? number : undefined
  },
  number: (value) => numberOf(value, /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/),
  bool: (value) => {
    if (typeof value === 'boolean') return value
    const text = String(value).trim().toLowerCase()
    return yes.has(text) ? true : no.has(text) ? false : undefined
  },
  time: (value, { now, zone }) => {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return undefined
    const micros = parseTime(String(value).trim(), now, zone)
    return micros === undefined ? undefined : formatTime(micros)
  },
  text: (value) => (typeof value === 'object' ? undefined : String(value)),
}

const yes = new Set(['true', 'yes', 'on', 't', 'y', '1'])
const no = new Set(['false', 'no', 'off', 'f', 'n', '0'])

function numberOf(value: unknown, form: RegExp): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || value.length > LONGEST_NUMBER || !form.test(value.trim())) return undefined
  const number = Number(value)
  // Zero has no sign.
  return Number.isFinite(number) ? number + 0 : undefined
}
