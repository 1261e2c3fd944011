import { z } from 'zod'
import { duration } from '../../config/values/units.js'
import { type ByConfig, groupingFields } from '../by-config.js'
import { checkSubjectOf, subjectKeys, subjectOf } from '../rule-filter.js'
import { type ConditionDefinition, type CorrelationDefinition, isConditionName } from './correlation.js'

const MIN_CONDITIONS = 2
const MAX_CONDITIONS = 8

const condition = z
  .strictObject({
    name: z
      .string()
      .refine(isConditionName, {
        error: 'must be a letter and up to 47 letters, digits and underscores, and neither `data` nor `line`',
      })
      .describe(`Name that texts use for fields of its event, such as \`\${login.data.user}\`.`),
    ...subjectKeys('Events that it is about.'),
  })
  .superRefine(checkSubjectOf('filter', 'where', 'line'))

/** Events of several conditions within a time. */
export const correlateConfig = z.strictObject({
  within: duration({ min: 1, max: 31 * 86_400_000 }).describe(
    'The time within which there must be an event for each condition.',
  ),
  ordered: z.boolean().default(false).describe('The events must come in the order of the conditions.'),
  conditions: z
    .array(condition)
    .min(MIN_CONDITIONS)
    .max(MAX_CONDITIONS)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
      error: 'must have a name of its own each',
    })
    .describe('What must come, from whichever sources.'),
})
export type CorrelateConfig = z.output<typeof correlateConfig>

/** `by`: that of the rule. */
export function correlationDefinition(
  { within, ordered, conditions }: CorrelateConfig,
  by: ByConfig,
): CorrelationDefinition {
  return { within, ordered, conditions: conditions.map((each) => conditionDefinition(each, by)) }
}

function conditionDefinition(
  config: CorrelateConfig['conditions'][number],
  byOfRule: ByConfig,
): ConditionDefinition {
  const { name, by = byOfRule } = config
  return { name, ...subjectOf(config), by: groupingFields(by) }
}
