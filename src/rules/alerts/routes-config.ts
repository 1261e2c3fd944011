import { z } from 'zod'
import { duration } from '../../config/values/units.js'
import type { RouteDefinition } from './alert-routes.js'
import { MAX_MATCHERS } from './silence.js'

const MAX_ROUTES = 64
const MAX_GLOBS = 32
const MAX_SINKS = 8
const MAX_REPEAT = 31 * 86_400_000
const MAX_GROUP_NAMES = 8
const MAX_WAIT = 3_600_000
const MAX_INTERVAL = 86_400_000

const glob = z.string().max(256)
const sink = z.string().min(1).max(64)

const route = z.strictObject({
  match: z
    .record(z.string().min(1).max(64), z.union([glob, z.array(glob).min(1).max(MAX_GLOBS)]))
    .refine((all) => Object.keys(all).length <= MAX_MATCHERS, { error: `at most ${MAX_MATCHERS} names` })
    .default({})
    .describe(
      'Globs, or lists of these, by names: `rule`, `severity`, or a label. All names must match. Default: every alert.',
    ),
  to: z
    .union([sink, z.array(sink).min(1).max(MAX_SINKS)])
    .describe('Sink, or list of sinks, to notify of begin and end.'),
  repeat: duration({ min: 1, max: MAX_REPEAT })
    .optional()
    .describe(
      'They are notified again after this time while it fires, unless its rule has `repeat`. Default: once.',
    ),
  group: z
    .array(z.string().min(1).max(64))
    .max(MAX_GROUP_NAMES)
    .optional()
    .describe(
      '`rule`, `severity`, or labels: alerts with the same values are a group, and have notices in common. `[]`: all alerts of the route. Default: each alert has its own.',
    ),
  wait: duration({ min: 0, max: MAX_WAIT })
    .prefault('30s')
    .describe('With `group`: time that the first notice of a group waits for more alerts.'),
  interval: duration({ min: 0, max: MAX_INTERVAL })
    .prefault('5m')
    .describe('With `group`: least time between two notices of a group.'),
})

export const alertRoutesConfig = z
  .array(route)
  .max(MAX_ROUTES)
  .prefault([])
  .describe('Sinks for the alerts of rules without `sink`: each goes to the first route that matches.')
export type AlertRoutesConfig = z.output<typeof alertRoutesConfig>

export function configuredRoutes(config: AlertRoutesConfig): RouteDefinition[] {
  return config.map((each) => {
    const { match, repeat, group: by, wait, interval } = each
    return { match, sinks: sinksOfRoute(each), repeat, group: by && { by, wait, interval } }
  })
}

export function sinksOfRoute({ to }: AlertRoutesConfig[number]): string[] {
  return [to].flat()
}
