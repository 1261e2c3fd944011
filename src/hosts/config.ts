import { z } from 'zod'
import { duration, durationOrOff } from '../config/values/units.js'
import { messageOf } from '../errors/thrown.js'
import { compileRegex } from '../filter/regex.js'
import { isHostName, LONGEST_NAME } from './host-name.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const MAX_ALIASES = 10_000
const MAX_LABELS = 200

export const hostName = z
  .string()
  .min(1)
  .max(LONGEST_NAME)
  .refine(isHostName, { error: 'must not have control characters' })

const namePattern = z
  .string()
  .min(1)
  .max(1024)
  .superRefine((text, context) => {
    try {
      if (compileRegex(text, 'the pattern').groupCount() !== 1)
        context.addIssue('must have exactly one group, which is the name')
    } catch (error) {
      context.addIssue(messageOf(error))
    }
  })

const labels = z
  .record(z.string().min(1).max(64), z.string().max(256))
  .refine((all) => Object.keys(all).length <= 32, { error: 'at most 32 labels' })

/** The part `hosts` of the configuration. */
export const hostsConfig = z.strictObject({
  silence: z
    .boolean()
    .default(true)
    .describe('Whether the hub publishes `hub/host/silent` and `hub/host/back`.'),
  silentAfter: duration({ min: 10_000, max: 30 * DAY })
    .optional()
    .describe(
      'How long nothing may be heard of a host. Default: learned from each host, between 5 minutes and a day.',
    ),
  forgetAfter: durationOrOff({ min: HOUR, max: 3650 * DAY })
    .prefault('30d')
    .describe('A host of which nothing is heard for this time is forgotten.'),
  most: z
    .int()
    .min(10)
    .max(1_000_000)
    .default(100_000)
    .describe('Most hosts. Further ones are counted only.'),
  aliases: z
    .record(hostName, z.array(hostName).min(1).max(64))
    .refine((all) => Object.keys(all).length <= MAX_ALIASES, { error: `at most ${MAX_ALIASES} hosts` })
    .default({})
    .describe('Other names of hosts, such as `web1: [10.0.0.1, web1.example.org]`.'),
  name: namePattern
    .optional()
    .describe(
      'A regular expression in RE2 syntax whose group is the name of a host, such as `^([^.]+)\\.example\\.org$`. Names that it does not match stay as they are.',
    ),
  labels: z
    .record(z.string().min(1).max(256), labels)
    .refine((all) => Object.keys(all).length <= MAX_LABELS, { error: `at most ${MAX_LABELS} globs` })
    .default({})
    .describe('Labels of hosts by globs of their names, such as `web*: { site: fra }`.'),
})
export type HostsConfig = z.output<typeof hostsConfig>
