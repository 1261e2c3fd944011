import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { parseConfig } from '../../../config/load.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { asFields } from '../../../event/json/object.js'
import { type Json, jsonView } from '../../../event/json/view.js'
import { formatTime } from '../../../event/position.js'
import { globTest } from '../../../filter/glob-bits.js'
import { eventTypes } from '../../../hub/event-types.js'
import { configuredRules, rulesConfig } from '../../../rules/config.js'
import { allRules } from '../../../rules/library/index.js'
import { ruleKitsConfig } from '../../../rules/library/kit-names.js'
import { Rehearsal } from '../../../rules/rehearsal.js'
import { eventsOf, isFault, type MadeEvent, type RuleDefinition } from '../../../rules/rule.js'
import { derivedAttributes } from '../../../types/derived-attributes.js'
import { hubTypes, TypeRegistry } from '../../../types/index.js'
import { Exit } from '../../help/exit-codes.js'
import { Ending, type Io } from '../../io.js'
import { report } from '../../output/report.js'
import { plural } from '../../terminal/figures.js'
import { readText } from '../../terminal/input.js'
import { escapeText } from '../../terminal/text.js'
import { encodedEvent, eventsOfInput } from './line-events.js'
import { type ExpectedOutcome, type RuleTest, ruleTestFile, TEST_BEGIN } from './rule-test-file.js'
import type { TestOptions } from './test-options.js'

const configuration = z.looseObject({ ruleKits: ruleKitsConfig, rules: rulesConfig.prefault({}) })

const MICROS = 1000

/** An event that rules have made in a test. */
interface MadeInTest extends Pick<MadeEvent, 'tag' | 'data'> {
  /** µs after the begin of the test. */
  readonly at: number
}

interface RuleTestResult {
  test: string
  ok: boolean
  /** ExpectedOutcome, and not made. */
  missing: string[]
  /** MadeInTest, and not expected. */
  unexpected: string[]
  /** Faults of rules. */
  faults: string[]
}

/** Runs the tests of a file with the engine of the hub, and with the times that the file says. */
export async function runRuleTests(
  io: Io,
  { text, path }: { text: string; path: string },
  options: TestOptions,
): Promise<void> {
  for (const name of ['events', 'from', 'to'] as const)
    if (options[name] !== undefined)
      throw new TocsinError('TCN_USAGE', `--${name} is not for a file of tests`)
  const file = parseConfig(ruleTestFile, text, path)
  const of = file.config === undefined ? {} : await rulesOf(io, resolve(dirname(path), file.config))
  const only = options.rule === undefined ? file.only : [options.rule]
  const rules = chosen(configuredRules({ ...of, ...allRules(file) }), only, path)
  const results = file.tests.map((test) => resultOf(test, rules))
  await report(io, options.json === true ? 'json' : options.format, results, () => results.flatMap(linesOf))
  const failed = results.filter(({ ok }) => !ok).length
  if (failed > 0) throw new Ending(Exit.failed, `${plural(failed, 'test')} of ${results.length} failed`)
  io.note(`${plural(results.length, 'test')} passed`)
}

async function rulesOf(io: Io, path: string) {
  return allRules(parseConfig(configuration, await readText(io, path), path))
}

function chosen(
  rules: readonly RuleDefinition[],
  only: readonly string[] | undefined,
  path: string,
): readonly RuleDefinition[] {
  const unknown = only?.find((name) => !rules.some((rule) => rule.name === name))
  if (unknown !== undefined)
    throw new TocsinError('TCN_RULE_UNKNOWN', `${path} has no rule ${JSON.stringify(unknown)}`)
  return only === undefined ? rules : rules.filter(({ name }) => only.includes(name))
}

function resultOf(test: RuleTest, rules: readonly RuleDefinition[]): RuleTestResult {
  const faults: string[] = []
  const made = madeIn(test, rules, (fault) => faults.push(fault))
  const missing: string[] = []
  for (const expected of test.expect) {
    const at = made.findIndex((each) => fits(each, expected))
    if (at < 0) missing.push(expectedText(expected))
    else made.splice(at, 1)
  }
  const unexpected = made.map(madeText)
  const ok = missing.length + unexpected.length + faults.length === 0
  return { test: test.name, ok, missing, unexpected, faults }
}

/** The events that rules make of the input, in virtual time. */
function madeIn(
  test: RuleTest,
  rules: readonly RuleDefinition[],
  fault: (text: string) => void,
): MadeInTest[] {
  const made: MadeInTest[] = []
  const types = new TypeRegistry(hubTypes, ...eventTypes)
  const rehearsal = new Rehearsal(
    rules,
    { typeOf: types.typeOf, derived: derivedAttributes(types) },
    ({ rule, time, outcome }) => {
      if (isFault(outcome)) fault(`${rule}: ${outcome.is}`)
      // A decision that is due at a time is made as soon as the time is over.
      const at = Math.floor((time - TEST_BEGIN) / MICROS) * MICROS
      for (const { tag, data } of eventsOf(outcome)) made.push({ tag, data, at })
    },
  )
  let at = 0
  let seq = 0
  for (const input of test.input) {
    at = Math.max(at, input.at ?? at)
    for (let count = 0; count < input.repeat; count++) {
      if (count > 0) at += input.every ?? 0
      const now = TEST_BEGIN + at
      rehearsal.advance(now)
      for (const event of eventsOfInput(input, now)) rehearsal.take(encodedEvent(event, ++seq, now))
    }
  }
  rehearsal.advance(TEST_BEGIN + Math.max(at, test.until ?? at) + 1)
  return made
}

function fits({ tag, data, at }: MadeInTest, expected: ExpectedOutcome): boolean {
  if (expected.at !== undefined && expected.at !== at) return false
  if (expected.event !== undefined)
    return globTest(expected.event)(tag) && (expected.data === undefined || contains(data, expected.data))
  const { alert, status, severity, summary, labels } = expected
  return tag === `alert/${alert}/${status}` && contains(data, defined({ severity, summary, labels }))
}

/** Returns whether the data has everything that is expected; maps may have more. */
function contains(data: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null || Array.isArray(expected))
    return JSON.stringify(jsonView(data)) === JSON.stringify(jsonView(expected))
  const found = asFields(data)
  return Object.entries(expected).every(([name, value]) => contains(found[name], value))
}

function defined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

function linesOf({ test, ok, missing, unexpected, faults }: RuleTestResult): string[] {
  return [
    `${ok ? 'ok    ' : 'FAILED'}  ${test}`,
    ...missing.map((text) => `  - ${text}`),
    ...unexpected.map((text) => `  + ${text}`),
    ...faults.map((text) => `  ! ${text}`),
  ].map((line) => escapeText(line))
}

function expectedText({
  alert,
  event,
  status,
  data,
  severity,
  summary,
  labels,
  at,
}: ExpectedOutcome): string {
  const what = alert === undefined ? { event, data } : { alert, status, severity, summary, labels }
  return JSON.stringify(jsonView(defined({ ...what, at: at === undefined ? undefined : timeText(at) })))
}

function madeText({ tag, data, at }: MadeInTest): string {
  const [first, alert, status] = tag.split('/')
  const isAlert = first === 'alert' && (status === 'firing' || status === 'resolved')
  const { severity, summary, labels } = asFields(data)
  const what: Record<string, unknown> = isAlert
    ? { alert, status, severity, summary, labels }
    : { event: tag, data }
  const view: Json = jsonView({ ...what, at: timeText(at) })
  return JSON.stringify(view)
}

function timeText(at: number): string {
  return formatTime(TEST_BEGIN + at)
}
