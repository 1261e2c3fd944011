import type { Event } from '../../event/event.js'
import { canonicalField } from '../../filter/field.js'
import { type CompileOptions, compileFilter, type Matcher, parseFilter } from '../../filter/index.js'
import type { FieldValues } from '../../types/template.js'
import { type GroupKey, wholeGroupKeys } from '../group-keys.js'
import { isLineField, LineReader, type LogLine } from '../lines/log-line.js'
import { isOwnField } from '../rule-template.js'
import { type ConditionDefinition, conditionFieldIn } from './correlation.js'

/** A condition that an event matches. */
export interface MatchedCondition {
  readonly condition: RuleCondition
  /** Names its group; empty if the event has no value for that, undefined if it would be too long. */
  readonly key: string | undefined
  readonly line: LogLine | undefined
}

/** One condition of a rule, and the fields of its event that templates name. */
export class RuleCondition {
  readonly name: string
  readonly place: number
  readonly isGrouped: boolean
  /** The fields of the event, by the names in templates. */
  readonly fields: ReadonlyMap<string, string>
  readonly #matcher: Matcher
  readonly #keyOf: GroupKey
  readonly #line: LineReader | undefined

  constructor(
    { name, filter, line, by }: ConditionDefinition,
    { place, fields, names }: { place: number; fields: readonly string[]; names: CompileOptions },
  ) {
    this.name = name
    this.place = place
    this.isGrouped = by.length > 0
    this.fields = namedFields(name, fields)
    this.#matcher = compileFilter(parseFilter(filter), names)
    this.#keyOf = wholeGroupKeys(by, names)
    this.#line = line && new LineReader(line)
  }

  match(event: Event): MatchedCondition | undefined {
    if (!this.#matcher.matches(event.bytes, event.at)) return undefined
    const line = this.#line?.read(event)
    if (this.#line !== undefined && line === undefined) return undefined
    return { condition: this, key: this.#keyOf(event, line), line }
  }

  /** The values of its event by the names in templates, of those by the names of fields. */
  named(values: FieldValues): FieldValues {
    const known = [...this.fields].filter(([, field]) => Object.hasOwn(values, field))
    return Object.fromEntries(known.map(([name, field]) => [name, values[field]]))
  }
}

function namedFields(condition: string, names: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>()
  for (const name of names) {
    const found = conditionFieldIn(name)
    if (found?.condition === condition) fields.set(name, canonicalOrOwn(found.field))
  }
  return fields
}

function canonicalOrOwn(field: string): string {
  return isOwnField(field) || isLineField(field) ? field : canonicalField(field, field)
}
