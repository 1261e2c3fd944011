import { LONGEST_TIME, parseTime, SHORTEST_TIME } from '../../event/position.js'
import type { Expression } from './ast.js'

/**
 * A value during evaluation. A number is a CESQL integer if it fits 32 bits. Floats and larger integers occur
 * only in bodies and decimals; they can be compared but not calculated with.
 */
export type Value = string | number | bigint | boolean

export type FaultKind = 'math' | 'cast' | 'missingAttribute' | 'functionEvaluation' | 'generic'

/** Collects the faults of one evaluation (CESQL 1.0 §3.3). */
export interface Faults {
  count: number
  add(kind: FaultKind, at: Expression): void
}

/** A collector for callers that only need to know whether there was a fault. */
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

/** The casts of §3.7; undefined if a value cannot be cast. */

export function toInteger(value: Value): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string') {
    const number = /^[+-]?\d{1,64}$/.test(value) ? Number(value) + 0 : undefined
    return isInteger(number) ? number : undefined
  }
  return isInteger(value) ? value : undefined
}

/** Casts the operand of a comparison. */
export function toNumber(value: Value): number | bigint | undefined {
  return typeof value === 'number' || typeof value === 'bigint' ? value : toInteger(value)
}

export function toBoolean(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') return value < 0 || value > 0
  const lower = value.length > 5 ? '' : value.toLowerCase()
  return lower === 'true' ? true : lower === 'false' ? false : undefined
}

/** Returns a reader of RFC 3339 times, µs. It keeps its last one: one side of a comparison is mostly the same text. */
export function timeReader(): (value: Value) => number | undefined {
  let known: string | undefined
  let micros: number | undefined
  return (value) => {
    if (typeof value !== 'string' || value.length < SHORTEST_TIME || value.length > LONGEST_TIME)
      return undefined
    if (value !== known) {
      known = value
      micros = parseTime(value)
    }
    return micros
  }
}

export function toText(value: Value): string {
  return String(value)
}

/** Compares by value, even a number with a bigint. */
function sameNumber(left: number | bigint, right: number | bigint): boolean {
  return left <= right && left >= right
}

/** Returns whether `left`, cast to the type of `right`, equals it. Undefined if the cast is impossible. */
export function isEqual(left: Value, right: Value): boolean | undefined {
  if (typeof right === 'string') return toText(left) === right
  if (typeof right === 'boolean') {
    const cast = toBoolean(left)
    return cast === undefined ? undefined : cast === right
  }
  const cast = toNumber(left)
  return cast === undefined ? undefined : sameNumber(cast, right)
}
