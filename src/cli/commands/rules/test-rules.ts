import { z } from 'zod'
import { parseConfig } from '../../../config/load.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Event } from '../../../event/event.js'
import { jsonView } from '../../../event/json/view.js'
import { formatTime } from '../../../event/position.js'
import type { TypeOf } from '../../../filter/matcher.js'
import { hubKeys } from '../../../hub/config/keys.js'
import { eventTypes } from '../../../hub/event-types.js'
import { TypePackages } from '../../../hub/types/type-packages.js'
import { configuredRules, rulesConfig } from '../../../rules/config.js'
import { allRules } from '../../../rules/library/index.js'
import { ruleKitsConfig } from '../../../rules/library/kit-names.js'
import { Rehearsal, type RehearsedOutcome, type RehearsedRule } from '../../../rules/rehearsal.js'
import { eventsOf, type Outcome, type RuleDefinition } from '../../../rules/rule.js'
import { derivedAttributes } from '../../../types/derived-attributes.js'
import { hubTypes, TypeRegistry } from '../../../types/index.js'
import { withHub } from '../../hub/connect.js'
import { viewOf } from '../../hub/view.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { shortTime } from '../../output/times.js'
import { formatCount, plural } from '../../terminal/figures.js'
import { readText } from '../../terminal/input.js'
import { type Column, tableLines } from '../../terminal/table.js'
import { cut, escapeText } from '../../terminal/text.js'
import { recordedEvents } from './recorded-events.js'
import type { TestOptions } from './test-options.js'

/** Only the rules and types of a configuration matter here; whether the rest is right, `config check` says. */
const file = z.looseObject({
  ruleKits: ruleKitsConfig,
  rules: rulesConfig.prefault({}),
  types: hubKeys.shape.types,
})

export async function testRules(io: Io, path: string, options: TestOptions): Promise<void> {
  const text = await readText(io, path)
  if (hasTests(text)) {
    const { runRuleTests } = await import('./rule-tests.js')
    return runRuleTests(io, { text, path }, options)
  }
  const { types, ...given } = parseConfig(file, text, path)
  const rules = allRules(given)
  const definitions = configuredRules(rules)
  if (options.rule !== undefined && rules[options.rule] === undefined)
    throw new TocsinError('TCN_RULE_UNKNOWN', `${path} has no rule ${JSON.stringify(options.rule)}`)
  if (options.events === undefined) await rehearseLog(io, definitions, options)
  else await rehearseFile(io, definitions, options.events, types.folder, options)
}

/** A file of tests says so with a key that no configuration has. */
function hasTests(text: string): boolean {
  return /^["']?tests["']?\s*:|[{,]\s*"tests"\s*:/m.test(text)
}

async function rehearseLog(
  io: Io,
  definitions: readonly RuleDefinition[],
  options: TestOptions,
): Promise<void> {
  const { from = '-1h', to = 'end' } = options
  await withHub(io, options, async (client) => {
    const { typeOf } = await viewOf(io, client, true)
    await rehearse(io, definitions, typeOf, client.read(undefined, { from, to }).events(), options)
  })
}

/** If no hub is asked, the types are those of this program and of the folder that the configuration names. */
async function rehearseFile(
  io: Io,
  definitions: readonly RuleDefinition[],
  events: string,
  folder: string | undefined,
  options: TestOptions,
): Promise<void> {
  if (options.from !== undefined || options.to !== undefined)
    throw new TocsinError('TCN_USAGE', '--from and --to are about the log of a hub, not about --events')
  const types = ownTypes()
  await new TypePackages(types).load(folder)
  await rehearse(io, definitions, types.typeOf, recordedEvents(io, events, types.typeOf), options)
}

function ownTypes(): TypeRegistry {
  return new TypeRegistry(hubTypes, ...eventTypes)
}

async function rehearse(
  io: Io,
  definitions: readonly RuleDefinition[],
  typeOf: TypeOf,
  events: AsyncIterable<Event>,
  { format, rule, summary }: TestOptions,
): Promise<void> {
  const isShown = (name: string) => rule === undefined || name === rule
  const told: RehearsedOutcome[] = []
  const rehearsal = new Rehearsal(
    definitions,
    { typeOf, derived: derivedAttributes(ownTypes()) },
    (outcome) => {
      if (summary !== true && isShown(outcome.rule)) told.push(outcome)
    },
  )
  for await (const event of events) {
    rehearsal.take(event)
    if (told.length > 0) await reportOutcomes(io, format, told.splice(0))
  }
  await reportRules(
    io,
    format,
    rehearsal.end().filter(({ name }) => isShown(name)),
  )
  if (format !== 'json' && format !== 'yaml')
    io.note(`${plural(rehearsal.events, 'event')} looked at; nothing was published`)
}

function reportOutcomes(
  io: Io,
  format: string | undefined,
  told: readonly RehearsedOutcome[],
): Promise<void> {
  const columns = io.out.columns ?? Number.POSITIVE_INFINITY
  return report(io, format, told.map(asData), () =>
    told.map((each) => cut(escapeText(lineOf(each)), columns)),
  )
}

function reportRules(io: Io, format: string | undefined, rules: readonly RehearsedRule[]): Promise<void> {
  const values = rules.map((rule) => ({ ...rule, outcome: 'summary' }))
  return report(io, format, values, () =>
    tableLines(rules.some(({ late }) => late > 0) ? withLate : columns, rules, io.out.columns),
  )
}

/** `06:00:01.000  disk-full [web1]  host/web1/disk  fired  alert/disk/web1 {"used":95}` */
function lineOf({ rule, group, time, tag, outcome }: RehearsedOutcome): string {
  const who = group === '' ? rule : `${rule} [${group}]`
  return [shortTime(time), who, tag ?? '(time)', whatBecame(outcome)].join('  ')
}

function whatBecame(outcome: Outcome): string {
  switch (outcome.is) {
    case 'fired':
      return `fired  ${madeText(outcome)}`
    case 'resolved':
      return `resolved  ${madeText(outcome)}`
    case 'ongoing':
      return `its alert fires already, ${outcome.count} times`
    case 'silenced':
      return 'silenced'
    case 'counted':
      return `counted ${outcome.count} of ${outcome.of}`
    case 'partial':
      return `${outcome.condition}, without ${outcome.missing.join(', ')}`
    case 'apart':
      return `${outcome.condition}, without a value to group by`
    case 'waits':
      return `waits until ${shortTime(outcome.until)}`
    case 'once':
      return `suppressed by onceWithin until ${shortTime(outcome.until)}`
    case 'followed':
      return 'followed in time, so nothing is done'
    case 'evicted':
      return 'forgotten: too many groups'
    case 'late':
      return `left out, too late: ${outcome.reason}`
    case 'early':
      return `handled early: ${outcome.reason}`
    default:
      return `stopped (${outcome.is}): ${outcome.reason}`
  }
}

function madeText(outcome: Outcome): string {
  return eventsOf(outcome)
    .map(({ tag, data }) => `${tag} ${JSON.stringify(jsonView(data))}`)
    .join('  ')
}

function asData({ rule, group, time, tag, outcome }: RehearsedOutcome) {
  const { is, ...more } = outcome
  return {
    rule,
    group,
    time: formatTime(time),
    tag,
    outcome: is,
    ...more,
    ...('until' in outcome && { until: formatTime(outcome.until) }),
    ...('events' in outcome && {
      events: outcome.events.map((made) => ({ ...made, data: jsonView(made.data) })),
    }),
  }
}

const columns: readonly Column<RehearsedRule>[] = [
  { title: 'RULE', text: (row) => row.name, flexible: true },
  { title: 'MATCHED', text: (row) => formatCount(row.matched), right: true },
  { title: 'FIRED', text: (row) => formatCount(row.fired), right: true },
  { title: 'ONCE', text: (row) => formatCount(row.suppressed), right: true },
  { title: 'FOLLOWED', text: (row) => formatCount(row.followed), right: true },
  { title: 'STOPPED', text: (row) => formatCount(row.stopped), right: true },
  { title: 'FAILED', text: (row) => formatCount(row.failed), right: true },
  { title: 'STILL WAITING', text: (row) => formatCount(row.waiting + row.held), right: true },
]

const withLate: typeof columns = [
  ...columns.slice(0, -1),
  { title: 'LATE', text: (row) => formatCount(row.late), right: true },
  ...columns.slice(-1),
]
