import { z } from 'zod'
import { defineTypes } from '../types/event-type.js'
import { count, schemaOf } from '../types/schema-of.js'
import { FAULTS } from './rule.js'

const fault = z.object({
  rule: z.string(),
  state: z.enum(FAULTS),
  reason: z.string(),
  count: count().describe('How often, since it was said last'),
})
const job = z.object({ rule: z.string(), arguments: z.array(z.unknown()) })
const all = z.object({ state: z.enum(['down', 'back', 'gap']), reason: z.string() })

/** The events about rules. */
export const ruleTypes = defineTypes([
  {
    type: 'hub.rule',
    tags: ['hub/rule/*'],
    summary: 'A rule was stopped by a guard, could not make its event, or has forgotten a group.',
    display: '{rule} {state}: {reason}',
    schema: schemaOf(fault),
    correlation: ['data.rule'],
  },
  {
    type: 'hub.rule.job',
    tags: ['hub/rule/*/job'],
    summary: 'A rule wants its job to run with these arguments.',
    display: '{rule}: {arguments}',
    schema: schemaOf(job),
    correlation: ['data.rule'],
  },
  {
    type: 'hub.rules',
    tags: ['hub/rules'],
    summary: 'The rules cannot continue, continue again, or have missed events.',
    display: '{state}: {reason}',
    schema: schemaOf(all),
  },
])
