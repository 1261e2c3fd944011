import { z } from 'zod'
import { readBy } from '../../config/values/read-by.js'
import { duration } from '../../config/values/units.js'
import { groupingFields } from '../by-config.js'
import { checkSubjectOf, subjectKeys, subjectOf } from '../rule-filter.js'
import { compileRuleTemplate } from '../rule-template.js'
import { type AlertDefinition, SEVERITIES } from './alert.js'

const MAX_LABELS = 16
const MAX_TIME = 31 * 86_400_000

const text = () => z.string().min(1).max(1024).superRefine(readBy(compileRuleTemplate))
const time = () => duration({ min: 1, max: MAX_TIME })

const resolve = z
  .strictObject(subjectKeys('Events that end the alert.'))
  .superRefine(checkSubjectOf('filter', 'where', 'line'))

export const alertConfig = z
  .strictObject({
    severity: z.enum(SEVERITIES).default('error').describe('How bad it is.'),
    labels: z
      .record(
        z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/, {
          error: 'must be letters, digits and underscores, and begin with no digit',
        }),
        text(),
      )
      .refine((labels) => Object.keys(labels).length <= MAX_LABELS, { error: `at most ${MAX_LABELS} labels` })
      .default({})
      .describe(`Texts by name that say what it is about, such as \`host: "\${data.host}"\`.`),
    summary: text().optional().describe('A line for people. Default: the name of the rule, and the labels.'),
    link: text().optional().describe('Address of a page that says what to do.'),
    resolve: z
      .union([z.enum(['never', 'byHand']), resolve])
      .optional()
      .describe(
        'Events of the same group that end it. `never`: each is a single fact, which has no end; `byHand`: it fires until somebody ends it.',
      ),
    endsAfter: time().optional().describe('It ends when no event has matched for so long.'),
    hold: time()
      .optional()
      .describe(
        'An event that ends it is held for so long, and counts only if no other matches meanwhile; ten times as long while the alert flaps.',
      ),
    repeat: time()
      .optional()
      .describe('The sink is notified again after this time while it fires. Default: once.'),
  })
  .refine(({ resolve, endsAfter }) => resolve !== undefined || endsAfter !== undefined, {
    error: 'must say how it ends: `resolve`, `endsAfter`, or both',
  })
  .refine(
    ({ resolve, endsAfter, hold, repeat }) =>
      resolve !== 'never' || [endsAfter, hold, repeat].every((each) => each === undefined),
    { error: '`resolve: never` has no end, so neither `endsAfter`, `hold` nor `repeat`' },
  )
  .refine(({ resolve, hold }) => hold === undefined || typeof resolve === 'object', {
    error: '`hold` is for events that end it: `resolve` with `filter` or `where`',
  })
export type AlertConfig = z.output<typeof alertConfig>

export function alertDefinition(config: AlertConfig): AlertDefinition {
  const { severity, labels, summary, link, resolve, endsAfter, hold, repeat } = config
  const end = typeof resolve === 'object' ? endOf(resolve) : resolve
  return { severity, labels, summary, link, resolve: end, endsAfter, hold, repeat }
}

function endOf(resolve: Exclude<AlertConfig['resolve'], string | undefined>) {
  return { ...subjectOf(resolve), ...(resolve.by !== undefined && { by: groupingFields(resolve.by) }) }
}
