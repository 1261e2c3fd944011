import { z } from 'zod'
import { anyFilter } from '../config/values/filter-list.js'
import { secretFile } from '../config/values/path.js'
import { readBy } from '../config/values/read-by.js'
import { duration, durationOrOff } from '../config/values/units.js'
import { parsePosition } from '../event/position.js'
import { type FilterInput, formatFilter, parseFilter, withCondition } from '../filter/index.js'

/** Keys that every sink has. */
export const commonKeys = {
  filter: anyFilter()
    .optional()
    .meta({ kind: 'filters' })
    .describe('Events that it delivers. Default: all but those about the sink itself.'),
  where: z
    .string()
    .max(4096)
    .superRefine(readBy((sql: string) => parseFilter({ sql })))
    .optional()
    .describe('SQL condition that they must match too, such as `data.level > 3`.'),
  from: z
    .string()
    .max(64)
    .superRefine(readBy(parsePosition))
    .default('now')
    .describe('Position at which a new sink begins: `now`, `start`, `-1h` …'),
  retry: z
    .strictObject({
      tries: z
        .int()
        .min(1)
        .max(100)
        .default(10)
        .describe('Attempts for an event that the destination refuses, before it is parked.'),
      pause: duration({ min: 100, max: 3_600_000 })
        .prefault('1s')
        .describe('First pause; each further one is twice as long.'),
      maxPause: duration({ min: 100, max: 3_600_000 }).prefault('1m').describe('Longest pause.'),
      patience: durationOrOff({ min: 1_000 })
        .prefault('off')
        .describe(
          'How long an event waits for a destination that cannot be reached, before it is parked. `off`: indefinitely.',
        ),
    })
    .prefault({})
    .describe('What happens to events that are not taken.'),
}

/** The number of events that make one delivery, for destinations that may take several. */
export function batch() {
  return z
    .strictObject({
      events: z.int().min(1).max(1000).default(100).describe('Most events of one delivery.'),
      wait: duration({ max: 600_000 }).prefault('1s').describe('How long it waits for more events.'),
    })
    .prefault({})
    .describe(
      'For `mode: batch`, `form: alertmanager` and `loki`, and for `mail`, `mqtt`, `otlp` and `postgresql`.',
    )
}

/** The name and the password with which a sink logs in. */
export const loginKeys = {
  user: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe('For `mail`, `mqtt` and `postgresql`: name to log in with.'),
  passwordFile: secretFile()
    .optional()
    .describe('For `mail`, `mqtt` and `postgresql`: file with its password.'),
}

/** Deliveries at once, for destinations that may take several. */
export function parallel() {
  return z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe('Deliveries at once. With more than one, the order of events is not kept.')
}

/** An event that a rule has handed to a sink names it in this attribute. */
export const TO_SINK = 'rulesink'

/**
 * Combines the filter and the condition of a sink with the events that rules hand to it. Events about the sink itself
 * never match, since they would cause more of them.
 */
export function sinkFilter(
  name: string,
  { filter, where }: { filter?: FilterInput; where?: string },
): FilterInput {
  const wanted = where === undefined ? filter : withCondition(filter, where)
  const foreign = { not: { exact: { subject: `hub/sink/${name}` } } }
  if (wanted === undefined) return foreign
  // Nobody can publish with a source of the hub without the right `produce`.
  const handed = { all: [{ exact: { [TO_SINK]: name } }, { prefix: { source: 'hub/' } }] }
  return { all: [{ any: [formatFilter(parseFilter(wanted)), handed] }, foreign] }
}
