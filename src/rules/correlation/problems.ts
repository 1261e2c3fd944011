import type { ClaimProblem } from '../../config/claims.js'
import { nearest } from '../../config/nearest.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { TemplateJson } from '../../types/template.js'
import type { AlertConfig } from '../alerts/config.js'
import type { ByConfig } from '../by-config.js'
import { isLineField } from '../lines/log-line.js'
import { compileRuleTemplate } from '../rule-template.js'
import type { CorrelateConfig } from './config.js'
import { conditionFieldIn } from './correlation.js'

/** The keys of a rule that must fit its conditions. */
export interface CorrelatedKeys {
  readonly filter?: unknown
  readonly where?: unknown
  readonly line?: unknown
  readonly after?: unknown
  readonly by?: ByConfig | undefined
  readonly correlate?: CorrelateConfig | undefined
  readonly unlessFollowedBy?: { readonly by?: ByConfig | undefined } | undefined
  readonly alert?: AlertConfig | undefined
  readonly fire?: { readonly tag: string; readonly data?: unknown } | undefined
  readonly job?: readonly string[] | undefined
}

export function correlationProblems(rule: CorrelatedKeys): ClaimProblem[] {
  return [...problemsOfKeys(rule), ...problemsOfBy(rule), ...problemsOfLines(rule), ...problemsOfTexts(rule)]
}

function problemsOfKeys(rule: CorrelatedKeys): ClaimProblem[] {
  if (rule.correlate === undefined) return []
  return (['filter', 'where', 'line', 'after'] as const)
    .filter((key) => rule[key] !== undefined)
    .map((key) => ({ path: [key], message: `\`correlate\` and \`${key}\` exclude each other` }))
}

/** Kinds of events that may have their groups in fields of their own. */
function groupedEvents({ by = [], correlate, unlessFollowedBy: follow, alert }: CorrelatedKeys) {
  const conditions = correlate?.conditions ?? []
  const resolve = typeof alert?.resolve === 'object' ? alert.resolve : undefined
  return [
    ...conditions.map((each, index) => ({ ...each, path: ['correlate', 'conditions', index, 'by'] })),
    ...(follow === undefined ? [] : [{ ...follow, line: undefined, path: ['unlessFollowedBy', 'by'] }]),
    ...(resolve === undefined ? [] : [{ ...resolve, path: ['alert', 'resolve', 'by'] }]),
  ].map((each) => ({ path: each.path, line: each.line, by: [each.by ?? by].flat() }))
}

/** Events of one group have equally many values, whichever fields these are in. */
function problemsOfBy(rule: CorrelatedKeys): ClaimProblem[] {
  const { by = [], correlate } = rule
  const count = [correlate?.conditions[0]?.by ?? by].flat().length
  const wanted = correlate === undefined ? '`by` of the rule' : 'the first condition'
  return groupedEvents(rule)
    .filter((each) => each.by.length !== count)
    .map(({ path }) => ({ path, message: `must have as many fields as ${wanted}: ${count}` }))
}

function problemsOfLines(rule: CorrelatedKeys): ClaimProblem[] {
  return groupedEvents(rule).flatMap(({ path, line, by }) => {
    const field = by.find(isLineField)
    if (field === undefined || line !== undefined) return []
    return [{ path, message: `${field} is a field of lines, and these events are not read as lines` }]
  })
}

/** Texts that name other conditions than those of the rule. */
function problemsOfTexts({ correlate, fire, job, alert }: CorrelatedKeys): ClaimProblem[] {
  const names = correlate?.conditions.map(({ name }) => name) ?? []
  const { labels = {}, summary, link } = alert ?? {}
  const texts: readonly { path: string[]; text: unknown }[] = [
    { path: ['fire', 'tag'], text: fire?.tag },
    { path: ['fire', 'data'], text: fire?.data },
    { path: ['job'], text: job },
    { path: ['alert', 'summary'], text: summary },
    { path: ['alert', 'link'], text: link },
    ...Object.entries(labels).map(([name, text]) => ({ path: ['alert', 'labels', name], text })),
  ]
  return texts.flatMap(({ path, text }) =>
    fieldsIn(text)
      .map((field) => ({ field, condition: conditionFieldIn(field)?.condition }))
      .filter(({ condition }) => condition !== undefined && !names.includes(condition))
      .map(({ field, condition = '' }) => ({ path, message: unknownText(field, condition, names) })),
  )
}

/** None of a text that cannot be compiled, which is a problem of its own. */
function fieldsIn(text: unknown): readonly string[] {
  try {
    return compileRuleTemplate((text ?? null) as TemplateJson).fields
  } catch (thrown) {
    if (TocsinError.is(thrown)) return []
    throw thrown
  }
}

function unknownText(field: string, condition: string, names: readonly string[]): string {
  const known = nearest(condition, ['data', ...names])
  const hint = known === undefined ? '' : `; did you mean \`${known}\`?`
  return names.length === 0
    ? `\${${field}} is no field${hint}`
    : `\${${field}}: the rule has no condition \`${condition}\`${hint}`
}
