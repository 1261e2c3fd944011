import { z } from 'zod'
import { count, text, time } from './shape.js'

export const rule = z
  .object({
    name: text,
    state: z
      .enum(['starting', 'up', 'waits', 'down', 'stopped'])
      .describe(
        '`waits`: another hub of the cluster runs the rules. `down`: the log or the state cannot be used.',
      ),
    reason: text.optional(),
    matched: count,
    fired: count,
    suppressed: count.describe('Had acted within `onceWithin` already.'),
    followed: count.describe('Was followed by an event that made acting unnecessary.'),
    stopped: count.describe('Guards against loops and floods have stopped it.'),
    failed: count.describe('Its event could not be made.'),
    evicted: count.describe('Groups that were forgotten because there were too many.'),
    late: count.describe(
      'Events that were left out because later ones of their group were handled; only with `eventTime`.',
    ),
    early: count.describe(
      'Events that were handled before their delay was over, because too many were held.',
    ),
    groups: count.describe('Groups that are remembered.'),
    waiting: count.describe('Matches that wait for an event.'),
    held: count.describe('Events that are held until it is their turn in the order in which they happened.'),
    alerts: count.describe('Alerts that have begun and not ended.'),
    lastMatch: time.optional(),
    lastFired: time.optional(),
    lastFault: time
      .optional()
      .describe(
        'The last time since the hub started, or the configuration changed, that it was stopped or failed.',
      ),
    fault: text.optional().describe('Why.'),
  })
  .meta({ id: 'RuleInfo' })

export const ruleDetails = rule
  .extend({
    settings: z
      .record(text, z.unknown())
      .describe('Its settings as JSON: filters in their canonical form, durations in ms.'),
  })
  .meta({ id: 'RuleDetails' })

export const rules = z.object({ rules: z.array(rule) })
