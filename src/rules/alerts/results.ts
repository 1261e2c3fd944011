import { z } from 'zod'
import { count, cursor, more, text, time } from '../../methods/results/shape.js'
import { SEVERITIES } from './alert.js'

export const alert = z
  .object({
    key: text.describe('Its name everywhere: it follows from the rule and the values of `by`.'),
    rule: text,
    severity: z.enum(SEVERITIES),
    summary: text,
    link: text.optional(),
    labels: z.record(text, text),
    start: time,
    last: time.describe('When an event has matched last.'),
    count: count.describe('Events that have matched.'),
    first: cursor.describe('The event that has begun it.'),
    cause: cursor.describe('The event that has led to it last.'),
    held: z.boolean().optional().describe('True if something has ended it, and that is held.'),
    sinks: z.array(text).optional().describe('The sinks that hear of it. Right: `monitor`.'),
    silenced: z.boolean().optional().describe('True if a silence covers it.'),
  })
  .meta({ id: 'AlertInfo' })

export const silence = z
  .object({
    id: text,
    matchers: z.record(text, text).describe('Globs by names: `rule`, `key`, `severity`, or a label.'),
    from: time,
    until: time,
    by: text.describe('The principal that has made it.'),
    why: text,
  })
  .meta({ id: 'SilenceInfo' })

export const alertList = z.object({ alerts: z.array(alert), silences: z.array(silence), more })
export const silenced = z.object({ silence })
export const unsilenced = z.object({ silence })
export const resolved = z.object({ alert })
