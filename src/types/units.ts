import { z } from 'zod'

/** Sizes and durations as people write them: `10GiB`, `7d`. */

const sizeUnits: Record<string, number> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}
const durationUnits: Record<string, number> = {
  ms: 1,
  s: 1e3,
  m: 60e3,
  h: 3600e3,
  d: 86400e3,
  w: 7 * 86400e3,
}

/** Also the JSON Schema pattern of both spellings, so that editors check what the hub checks. */
const sizePattern = new RegExp(`^(\\d{1,16}(?:\\.\\d{1,3})?) ?(${Object.keys(sizeUnits).join('|')})$`)
const durationPattern = new RegExp(`^(\\d{1,16}(?:\\.\\d{1,3})?) ?(${Object.keys(durationUnits).join('|')})$`)

export const SIZE_FORM = 'a size such as 64MiB (B, kB, MB, GB, TB, KiB, MiB, GiB, TiB)'
export const DURATION_FORM = 'a duration such as 30s (ms, s, m, h, d, w)'

/** Bytes; undefined where the text is no size. */
export function parseSize(text: string): number | undefined {
  return parse(text, sizePattern, sizeUnits)
}

/** ms; undefined where the text is no duration. */
export function parseDuration(text: string): number | undefined {
  return parse(text, durationPattern, durationUnits)
}

function parse(text: string, pattern: RegExp, units: Record<string, number>): number | undefined {
  const match = pattern.exec(text)
  if (!match) return undefined
  const value = Math.round(Number(match[1]) * units[match[2]])
  return Number.isSafeInteger(value) ? value : undefined
}

/** The shortest exact spelling with a binary unit. */
export function formatSize(bytes: number): string {
  return format(bytes, ['TiB', 'GiB', 'MiB', 'KiB'], sizeUnits) ?? `${bytes}B`
}

/** The shortest exact spelling. */
export function formatDuration(ms: number): string {
  return format(ms, ['w', 'd', 'h', 'm', 's'], durationUnits) ?? `${ms}ms`
}

function format(value: number, names: string[], units: Record<string, number>): string | undefined {
  if (value === 0) return undefined
  const name = names.find((unit) => value % units[unit] === 0)
  return name && `${value / units[name]}${name}`
}

export interface Bounds {
  min?: number
  max?: number
}

/** Text such as `64MiB`; gives bytes. A plain number is refused, here and below: nobody could tell its unit. */
export function size(bounds: Bounds = {}) {
  return quantity(sizes, bounds)
}

/** As `size`, or `off`; gives bytes or undefined. */
export function sizeOrOff(bounds: Bounds = {}) {
  return quantityOrOff(sizes, bounds)
}

/** Text such as `30s`; gives ms. */
export function duration(bounds: Bounds = {}) {
  return quantity(durations, bounds)
}

/** As `duration`, or `off`; gives ms or undefined. */
export function durationOrOff(bounds: Bounds = {}) {
  return quantityOrOff(durations, bounds)
}

interface Quantity {
  kind: string
  form: string
  pattern: RegExp
  parse: (text: string) => number | undefined
  format: (value: number) => string
}

const sizes: Quantity = {
  kind: 'size',
  form: SIZE_FORM,
  pattern: sizePattern,
  parse: parseSize,
  format: formatSize,
}
const durations: Quantity = {
  kind: 'duration',
  form: DURATION_FORM,
  pattern: durationPattern,
  parse: parseDuration,
  format: formatDuration,
}

function quantity(what: Quantity, bounds: Bounds) {
  const error = `must be ${what.form}`
  return z
    .string({ error })
    .regex(what.pattern, { error, abort: true })
    .transform((text, context) => bounded(what, bounds, text, context))
    .meta({ kind: what.kind })
}

function quantityOrOff(what: Quantity, bounds: Bounds) {
  const error = `must be ${what.form}, or off`
  return z
    .string({ error })
    .regex(new RegExp(`^off$|${what.pattern.source}`), { error, abort: true })
    .transform((text, context) => (text === 'off' ? undefined : bounded(what, bounds, text, context)))
    .meta({ kind: `${what.kind} or off` })
}

function bounded(what: Quantity, bounds: Bounds, text: string, context: z.RefinementCtx): number {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = bounds
  const value = what.parse(text)
  if (value !== undefined && value >= min && value <= max) return value
  const upper = max === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${what.format(max)}`
  context.addIssue(`must be at least ${what.format(min)}${upper}`)
  return z.NEVER
}
