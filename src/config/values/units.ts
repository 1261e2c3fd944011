import { z } from 'zod'
import {
  DURATION_FORM,
  durationPattern,
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
  SIZE_FORM,
  sizePattern,
} from './quantities.js'

export {
  DURATION_FORM,
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
  SIZE_FORM,
} from './quantities.js'

/** Schemas of sizes and durations in the configuration. */

export interface Bounds {
  min?: number
  max?: number
}

/**
 * A text such as `64MiB`, read as bytes. Plain numbers are refused here and below, because they have no unit.
 */
export function size(bounds: Bounds = {}) {
  return quantity(sizes, bounds)
}

/** Like `size`, or `off`. Reads as bytes or undefined. */
export function sizeOrOff(bounds: Bounds = {}) {
  return quantityOrOff(sizes, bounds)
}

/** A text such as `30s`, read as ms. */
export function duration(bounds: Bounds = {}) {
  return quantity(durations, bounds)
}

/** Like `duration`, or `off`. Reads as ms or undefined. */
export function durationOrOff(bounds: Bounds = {}) {
  return quantityOrOff(durations, bounds)
}

/** A whole number of things, at least one. */
export function count(usual: number, description: string) {
  return z.int().min(1).max(10_000_000).default(usual).describe(description)
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

/** A configuration has hundreds of quantities, and a schema takes more than a kilobyte. */
const quantity = shared((what, bounds) => {
  const error = `must be ${what.form}`
  return z
    .string({ error })
    .regex(what.pattern, { error, abort: true })
    .transform((text, context) => bounded(what, bounds, text, context))
    .meta({ kind: what.kind })
})

const quantityOrOff = shared((what, bounds) => {
  const error = `must be ${what.form}, or off`
  return z
    .string({ error })
    .regex(new RegExp(`^off$|${what.pattern.source}`), { error, abort: true })
    .transform((text, context) => (text === 'off' ? undefined : bounded(what, bounds, text, context)))
    .meta({ kind: `${what.kind} or off` })
})

/** Makes one schema for all that have the same bounds. */
function shared<Schema>(make: (what: Quantity, bounds: Bounds) => Schema) {
  const made = new Map<string, Schema>()
  return (what: Quantity, bounds: Bounds): Schema => {
    const key = `${what.kind} ${bounds.min} ${bounds.max}`
    const schema = made.get(key) ?? make(what, bounds)
    made.set(key, schema)
    return schema
  }
}

function bounded(what: Quantity, bounds: Bounds, text: string, context: z.RefinementCtx): number {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = bounds
  const value = what.parse(text)
  if (value !== undefined && value >= min && value <= max) return value
  const upper = max === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${what.format(max)}`
  context.addIssue(`must be at least ${what.format(min)}${upper}`)
  return z.NEVER
}
