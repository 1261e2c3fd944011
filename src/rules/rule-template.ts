import { compileTemplate, type Template, type TemplateJson } from '../types/template.js'
import { isLineField } from './lines/log-line.js'

const own = ['rule', 'count', 'cursor', 'time'] as const
/** The values that a rule has beside the event itself. */
export type OwnField = (typeof own)[number]
/** These, and the fields of lines. */
class OwnNames extends Set<string> {
  override has(name: string): boolean {
    return super.has(name) || isLineField(name)
  }
}

const names: ReadonlySet<string> = new OwnNames(own)

/** Compiles a template of a rule. Throws TCN_RULE_TEMPLATE. */
export function compileRuleTemplate(json: TemplateJson): Template {
  return compileTemplate(json, names)
}
