import { z } from 'zod'
import { parseDuration } from '../../../config/values/quantities.js'
import { parseTime } from '../../../event/position.js'
import { rulesConfig } from '../../../rules/config.js'
import { ruleKitsConfig } from '../../../rules/library/kit-names.js'
import { parseConfig as lineFormat } from '../../../sources/text/config.js'

const MAX_TESTS = 1000
const MAX_INPUTS = 1000
const MAX_REPEATS = 20_000

/** µs after the begin of the test. */
const moment = z.union([z.string(), z.number()]).transform((given, context) => {
  const ms = parseDuration(String(given === 0 ? '0s' : given))
  if (ms !== undefined) return ms * 1000
  const time = parseTime(String(given))
  if (time !== undefined) return time - TEST_BEGIN
  context.addIssue('is neither a duration, such as 10m, nor a time')
  return z.NEVER
})

/** When tests begin: 2026-01-01T00:00:00Z, µs. */
export const TEST_BEGIN = Date.UTC(2026, 0, 1) * 1000

const event = z.strictObject({
  tag: z.string().min(1).max(1024),
  data: z.unknown().optional(),
  source: z.string().max(255).default('test'),
  attributes: z.record(z.string(), z.string()).optional(),
})

const input = z
  .strictObject({
    at: moment.optional(),
    event: event.optional(),
    lines: z.union([z.string(), z.array(z.string())]).optional(),
    source: z.enum(['files', 'syslog', 'journal']).default('files'),
    parse: lineFormat.prefault('syslog'),
    host: z.string().max(255).default('test'),
    repeat: z.int().min(1).max(MAX_REPEATS).default(1),
    every: moment.optional(),
  })
  .refine(({ event, lines }) => (event === undefined) !== (lines === undefined), {
    error: 'has either `event` or `lines`',
  })
export type TestInput = z.output<typeof input>

const subset = z.record(z.string(), z.unknown())

const expected = z
  .strictObject({
    event: z.string().optional(),
    data: z.unknown().optional(),
    alert: z.string().optional(),
    status: z.enum(['firing', 'resolved']).default('firing'),
    severity: z.string().optional(),
    summary: z.string().optional(),
    labels: subset.optional(),
    at: moment.optional(),
  })
  .refine(({ event, alert }) => (event === undefined) !== (alert === undefined), {
    error: 'has either `alert` or `event`',
  })
export type ExpectedOutcome = z.output<typeof expected>

const test = z.strictObject({
  name: z.string().min(1).max(256),
  input: z.array(input).max(MAX_INPUTS),
  until: moment.optional(),
  expect: z.array(expected).max(MAX_INPUTS),
})
export type RuleTest = z.output<typeof test>

/** A file of tests of rules. */
export const ruleTestFile = z.strictObject({
  config: z.string().optional(),
  ruleKits: ruleKitsConfig,
  rules: rulesConfig.prefault({}),
  only: z.array(z.string()).optional(),
  tests: z.array(test).min(1).max(MAX_TESTS),
})
