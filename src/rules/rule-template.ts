import { compileTemplate, type Template, type TemplateJson } from '../types/template.js'

const own = ['rule', 'count', 'cursor', 'time'] as const
/** The values that a rule has beside the event itself. */
export type OwnField = (typeof own)[number]
const names: ReadonlySet<string> = new Set(own)

/** Compiles a template of a rule. Throws TCN_RULE_TEMPLATE. */
export function compileRuleTemplate(json: TemplateJson): Template {
  return compileTemplate(json, names)
}
