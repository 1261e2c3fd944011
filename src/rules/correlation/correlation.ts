import type { FilterInput } from '../../filter/index.js'
import type { LineDefinition } from '../lines/log-line.js'
import { isLineField } from '../lines/log-line.js'

/** Events of several conditions that lead to something together. */
export interface CorrelationDefinition {
  /** The time within which there must be an event for each condition, ms. */
  readonly within: number
  /** The events must come in the order of the conditions. */
  readonly ordered: boolean
  readonly conditions: readonly ConditionDefinition[]
}

export interface ConditionDefinition {
  readonly name: string
  readonly filter: FilterInput | undefined
  /** It is about these lines of log files. */
  readonly line?: LineDefinition | undefined
  /** Fields whose values are those of the same fields of the other conditions, in their order. */
  readonly by: readonly string[]
}

const NAME = /^([A-Za-z][A-Za-z0-9_]{0,47})\.(.+)$/s
/** Fields begin so that are not those of a condition. */
const RESERVED = ['data', 'line']

export function isConditionName(name: string): boolean {
  return NAME.test(`${name}.tag`) && !RESERVED.includes(name)
}

/** A field of the event of a condition, such as `login.data.user`. */
export interface ConditionField {
  readonly condition: string
  readonly field: string
}

/** Undefined if the name is not that of such a field. */
export function conditionFieldIn(name: string): ConditionField | undefined {
  const [, condition, field] = NAME.exec(name) ?? []
  if (condition === undefined || isLineField(name) || !isConditionName(condition)) return undefined
  return { condition, field }
}
