import { z } from 'zod'
import { count, type ResultsOf, text, time } from './shape.js'

export const rule = z
  .object({
    name: text,
    state: z.enum(['starting', 'up', 'waits', 'down', 'stopped']),
    reason: text.optional(),
    matched: count,
    fired: count,
    suppressed: count.describe('Had acted within `onceWithin` already.'),
    followed: count.describe('Was followed by an event that made acting unnecessary.'),
    stopped: count.describe('Guards against loops and floods have stopped it.'),
    failed: count.describe('Its event could not be made.'),
    evicted: count.describe('Groups that were forgotten because there were too many.'),
    groups: count.describe('Groups that are remembered.'),
    waiting: count.describe('Matches that wait for an event.'),
    lastMatch: time.optional(),
    lastFired: time.optional(),
    lastFault: time
      .optional()
      .describe(
        'The last time since the hub started, or the configuration changed, that it was stopped or failed.',
      ),
    fault: text.optional().describe('Why.'),
  })
  .meta({ id: 'Rule' })

export const ruleResults: ResultsOf<'rules'> = {
  'rules.list': z.object({ rules: z.array(rule) }),
  'rules.show': rule.extend({ settings: z.record(z.string(), z.unknown()) }).meta({ id: 'RuleDetails' }),
}
