import { z } from 'zod'
import { alwaysSevere, hostIn } from '../types/derivation.js'
import { defineTypes } from '../types/event-type.js'
import { count, schemaOf } from '../types/schema-of.js'
import { REASONS, RESOLVE_TAG, SEVERITIES, SILENCE_TAG, UNSILENCE_TAG } from './alerts/alert.js'
import { FAULTS } from './rule.js'

const fault = z.object({
  rule: z.string(),
  state: z.enum(FAULTS),
  reason: z.string(),
  count: count().describe('How often, since it was said last'),
})
const severity = z.enum(SEVERITIES)
const labels = z.record(z.string(), z.string())
const alert = z.object({
  rule: z.string(),
  key: z.string().describe('The name of the alert, which is the same when it begins, lasts and ends'),
  status: z.enum(['firing', 'resolved']),
  severity,
  summary: z.string(),
  link: z.string().optional(),
  labels,
  start: z.string().describe('When it has begun, as RFC 3339'),
  end: z.string().optional(),
  count: count().describe('Events that have matched'),
  first: z.string().describe('Cursor of the event that has begun it'),
  last: z.string().describe('Cursor of the event that has led to this one'),
  flapping: z.literal(true).optional().describe('It begins and ends again and again'),
  endless: z.literal(true).optional().describe('A single fact, which has no end'),
  reason: z.enum(REASONS).optional().describe('Why it has ended'),
  by: z.string().optional().describe('Who has ended it by hand'),
})
const notice = alert.extend({
  alerts: z
    .array(
      alert.pick({
        rule: true,
        key: true,
        status: true,
        severity: true,
        summary: true,
        labels: true,
        start: true,
        end: true,
      }),
    )
    .optional()
    .describe('Of a group: its alerts, those that fire and the worst first; `key` is that of the group then'),
  more: count().optional().describe('Alerts of the group that are not listed'),
})
const silence = z.object({
  id: z.string(),
  matchers: labels,
  from: count().describe('µs since the epoch'),
  until: count(),
  by: z.string(),
  why: z.string(),
})
const unsilence = z.object({ id: z.string(), by: z.string() })
const resolve = z.object({
  rule: z.string(),
  key: z.string(),
  by: z.string(),
  why: z.string().optional(),
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
    type: 'alert.firing',
    tags: ['alert/*/firing'],
    summary: 'An alert of a rule begins.',
    display: '{severity}: {summary}',
    schema: schemaOf(alert),
    correlation: ['data.key', 'data.rule'],
    host: hostIn('data.labels.host'),
  },
  {
    type: 'alert.resolved',
    tags: ['alert/*/resolved'],
    summary: 'An alert of a rule has ended.',
    display: 'resolved: {summary}[ ({reason})]',
    schema: schemaOf(alert),
    correlation: ['data.key', 'data.rule'],
    severity: alwaysSevere('notice'),
    host: hostIn('data.labels.host'),
  },
  {
    type: 'alert.notice',
    tags: ['alert/*/notice'],
    summary: 'A sink is notified of an alert, or of a group of alerts.',
    display: '{status}: {summary}',
    schema: schemaOf(notice),
    correlation: ['data.key', 'data.rule'],
    host: hostIn('data.labels.host'),
  },
  {
    type: 'hub.alert.silence',
    tags: [SILENCE_TAG],
    summary: 'Somebody keeps alerts from sinks until a time.',
    display: '{by}: {matchers}: {why}',
    schema: schemaOf(silence),
    correlation: ['data.id'],
  },
  {
    type: 'hub.alert.unsilence',
    tags: [UNSILENCE_TAG],
    summary: 'Somebody has ended a silence.',
    display: '{by}: {id}',
    schema: schemaOf(unsilence),
    correlation: ['data.id'],
  },
  {
    type: 'hub.alert.resolve',
    tags: [RESOLVE_TAG],
    summary: 'Somebody ends an alert by hand.',
    display: '{by}: {rule} {key}[: {why}]',
    schema: schemaOf(resolve),
    correlation: ['data.key', 'data.rule'],
  },
  {
    type: 'hub.rules',
    tags: ['hub/rules'],
    summary: 'The rules cannot continue, continue again, or have missed events.',
    display: '{state}: {reason}',
    schema: schemaOf(all),
  },
])
