import { TocsinError } from '../errors/tocsin-error.js'
import { canonicalField } from '../filter/field.js'
import { compileTemplate, type Template, type TemplateJson } from '../types/template.js'
import { conditionFieldIn } from './correlation/correlation.js'
import { isLineField } from './lines/log-line.js'

const own = ['rule', 'count', 'cursor', 'time'] as const
/** The values that a rule has beside the event itself. */
export type OwnField = (typeof own)[number]

export function isOwnField(name: string): boolean {
  return own.some((each) => each === name)
}

/** They tell nothing of the event of a condition. */
const OF_RULE = ['rule', 'count']

/** These, the fields of lines, and the fields of the events of conditions. */
class OwnNames extends Set<string> {
  override has(name: string): boolean {
    if (super.has(name) || isLineField(name)) return true
    const field = conditionFieldIn(name)?.field
    if (field === undefined || OF_RULE.includes(field)) return false
    return super.has(field) || isLineField(field) || isEventField(field)
  }
}

function isEventField(name: string): boolean {
  try {
    return canonicalField(name, name) !== ''
  } catch (thrown) {
    if (TocsinError.is(thrown)) return false
    throw thrown
  }
}

const names: ReadonlySet<string> = new OwnNames(own)

/** Compiles a template of a rule. Throws TCN_RULE_TEMPLATE. */
export function compileRuleTemplate(json: TemplateJson): Template {
  return compileTemplate(json, names)
}
