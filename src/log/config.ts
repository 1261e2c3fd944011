import { z } from 'zod'
import { duration, durationOrOff, size, sizeOrOff } from '../config/values/units.js'
import { logEngines } from './engines.js'
import type { LogEngine } from './log-engine.js'

const MiB = 2 ** 20

const retention = z.strictObject({
  age: durationOrOff({ min: 60_000 })
    .prefault('7d')
    .describe('Age above which events may be removed; at least 1m.'),
  bytes: sizeOrOff({ min: 16 * MiB })
    .prefault('10GiB')
    .describe('Size of the log above which the oldest events are removed; at least 16MiB.'),
  count: z
    .int()
    .min(1)
    .optional()
    .describe('Number of events above which the oldest are removed. Absent: no limit.'),
  whenFull: z
    .enum(['forwarded', 'passed', 'keep'])
    .default('forwarded')
    .describe(
      'The oldest segments that a hub with `upstreams` removes when its own disk is full: `forwarded` those whose events are all safe at an upstream, apart from those under `hub/`; `passed` those that no upstream needs, also events that none has got; `keep` none.',
    ),
})

const segment = z.strictObject({
  bytes: size({ min: MiB, max: 64 * 1024 * MiB })
    .optional()
    .describe(
      'Size at which a segment is closed, at least 1MiB. Default: a tenth of `retention.bytes` or a sixteenth of the disk, whichever is less, at most 1GiB.',
    ),
  age: duration({ min: 60_000 }).prefault('1d').describe('Age at which a segment is closed; at least 1m.'),
})

/** Returns the schema of the section `log`, with the names of the engines and their own settings. */
export function logConfigOf(engines: readonly LogEngine[]) {
  const names = engines.map(({ name }) => name)
  return z.strictObject({
    engine: z
      .enum(names)
      .default(names[0])
      .describe(`${engines.map(({ name, summary }) => `\`${name}\` ${summary}`).join('; ')}.`),
    retention: retention
      .meta({ remote: true, effect: 'now' })
      .prefault({})
      .describe('Limits of the log. A segment is removed when all of its events exceed a limit.'),
    segment: segment.prefault({}).describe('The log is kept in segments.'),
    compression: z
      .enum(['auto', 'off'])
      .default('auto')
      .meta({ effect: 'now' })
      .describe(
        'With `auto`, segments of the log on disk are compressed in the background once they take no more events. With `off`, those that are compressed already stay so.',
      ),
    index: z
      .enum(['auto', 'off'])
      .default('auto')
      .describe(
        'With `auto`, segments of the log on disk get an index of their words in the background once they take no more events, so that questions about a word, a value or a host read only the parts that may have it. With `off`, those that have an index keep it.',
      ),
    ring: size({ min: 2 * MiB, max: 4096 * MiB })
      .prefault('16MiB')
      .describe(
        'Memory for recent events, for subscribers slightly behind. With `engine: memory` this is the whole log.',
      ),
    ...ownSettings(engines),
  })
}

export const logConfig = logConfigOf(logEngines)

/** Typed as `{}`: only the engine itself knows the type of its settings. */
function ownSettings(engines: readonly LogEngine[]): Record<never, never> {
  return Object.fromEntries(
    engines.flatMap(({ name, settings }) =>
      settings === undefined
        ? []
        : [[name, settings.prefault({}).describe(`Settings of the engine \`${name}\`.`)]],
    ),
  )
}
