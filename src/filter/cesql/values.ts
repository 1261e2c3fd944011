import type { Expression } from './ast.js'

/**
 * A value while it is evaluated. A number is an _Integer_ where it is one of 32 bits; floats and larger
 * integers, which only a body or a decimal has, can be compared, but nothing is calculated with them.
 */
export type Value = string | number | bigint | boolean

export type FaultKind = 'math' | 'cast' | 'missingAttribute' | 'functionEvaluation' | 'generic'

/** Takes what went wrong during one evaluation (CESQL 1.0 §3.3). */
export interface Faults {
  count: number
  add(kind: FaultKind, at: Expression): void
}

/** For where it matters only that there was a fault. */
export function countFaults(): Faults {
  return {
    count: 0,
    add() {
      this.count++
    },
  }
}

export function isInteger(value: unknown): value is number {
  return typeof value === 'number' && value === (value | 0)
}

/** Casts (§3.7); undefined where there is none. */

export function toInteger(value: Value): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string') {
    const number = /^[+-]?\d{1,64}$/.test(value) ? Number(value) + 0 : undefined
    return isInteger(number) ? number : undefined
  }
  return isInteger(value) ? value : undefined
}

/** As an operand of a comparison. */
export function toNumber(value: Value): number | bigint | undefined {
  return typeof value === 'number' || typeof value === 'bigint' ? value : toInteger(value)
}

export function toBoolean(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') return value < 0 || value > 0
  const lower = value.length > 5 ? '' : value.toLowerCase()
  return lower === 'true' ? true : lower === 'false' ? false : undefined
}

export function toText(value: Value): string {
  return String(value)
}

/** By value, also of a number and a bigint. */
function sameNumber(left: number | bigint, right: number | bigint): boolean {
  return left <= right && left >= right
}

/** Is it equal to `right`, after it was cast to the type of that? Undefined where it cannot be cast. */
export function isEqual(left: Value, right: Value): boolean | undefined {
  if (typeof right === 'string') return toText(left) === right
  if (typeof right === 'boolean') {
    const cast = toBoolean(left)
    return cast === undefined ? undefined : cast === right
  }
  const cast = toNumber(left)
  return cast === undefined ? undefined : sameNumber(cast, right)
}
