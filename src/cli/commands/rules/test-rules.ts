import { z } from 'zod'
import { parseConfig } from '../../../config/load.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Event } from '../../../event/event.js'
import { jsonView } from '../../../event/json/view.js'
import { formatTime } from '../../../event/position.js'
import { eventTypes } from '../../../hub/event-types.js'
import { configuredRules, rulesConfig } from '../../../rules/config.js'
import { Rehearsal, type RehearsedOutcome, type RehearsedRule } from '../../../rules/rehearsal.js'
import type { Outcome, RuleDefinition } from '../../../rules/rule.js'
import { hubTypes, TypeRegistry } from '../../../types/index.js'
import type { RangeOptions, ReportOptions } from '../../help/options.js'
import { withHub } from '../../hub/connect.js'
import type { Io } from '../../io.js'
import { shortTime } from '../../output/times.js'
import { yamlDocument } from '../../output/yaml.js'
import { formatCount, plural } from '../../terminal/figures.js'
import { readText } from '../../terminal/input.js'
import { type Column, tableLines } from '../../terminal/table.js'
import { cut, escapeJson, escapeText } from '../../terminal/text.js'
import { recordedEvents } from './recorded-events.js'

export interface TestOptions extends ReportOptions, RangeOptions {
  events?: string
  rule?: string
  summary?: boolean
}

/** Only the rules of a configuration matter here; whether the rest is right, `config check` says. */
const file = z.looseObject({ rules: rulesConfig.prefault({}) })

export async function testRules(io: Io, path: string, options: TestOptions): Promise<void> {
  const { rules } = parseConfig(file, await readText(io, path), path)
  const definitions = configuredRules(rules)
  if (options.rule !== undefined && rules[options.rule] === undefined)
    throw new TocsinError('TCN_RULE_UNKNOWN', `${path} has no rule ${JSON.stringify(options.rule)}`)
  await rehearse(io, definitions, options)
}

async function rehearse(io: Io, definitions: readonly RuleDefinition[], options: TestOptions): Promise<void> {
  const types = new TypeRegistry(hubTypes, ...eventTypes)
  const isShown = (rule: string) => options.rule === undefined || rule === options.rule
  const rehearsal = new Rehearsal(definitions, types.typeOf, (told) => {
    if (options.summary !== true && isShown(told.rule)) show(io, options.format, told)
  })
  await forEachEvent(io, options, types.typeOf, async (event) => {
    rehearsal.take(event)
    await io.out.room()
  })
  const rules = rehearsal.end().filter(({ name }) => isShown(name))
  summarize(io, options.format, rehearsal.events, rules)
  await io.out.room()
}

async function forEachEvent(
  io: Io,
  { events, from, to, ...options }: TestOptions,
  typeOf: (tag: string) => string,
  take: (event: Event) => Promise<void>,
): Promise<void> {
  if (events === undefined) {
    await withHub(io, options, async (client) => {
      for await (const event of client.read(undefined, { from: from ?? '-1h', to: to ?? 'end' }).events())
        await take(event)
    })
    return
  }
  if (from !== undefined || to !== undefined)
    throw new TocsinError('TCN_USAGE', '--from and --to are about the log of a hub, not about --events')
  for await (const event of recordedEvents(io, events, typeOf)) await take(event)
}

function show(io: Io, format: string | undefined, told: RehearsedOutcome): void {
  if (format === 'json') io.out.line(escapeJson(JSON.stringify(asData(told))))
  else if (format === 'yaml') io.out.write(yamlDocument(asData(told)))
  else io.out.line(cut(escapeText(lineOf(told)), io.out.columns ?? Number.POSITIVE_INFINITY))
}

/** `06:00:01.000  disk-full [web1]  host/web1/disk  fired  alert/disk/web1 {"used":95}` */
function lineOf({ rule, group, time, event, outcome }: RehearsedOutcome): string {
  const who = group === '' ? rule : `${rule} [${group}]`
  return [shortTime(time), who, event?.tag ?? '(time)', whatBecame(outcome)].join('  ')
}

function whatBecame(outcome: Outcome): string {
  switch (outcome.is) {
    case 'fired':
      return `fired  ${outcome.events.map(({ tag, data }) => `${tag} ${JSON.stringify(jsonView(data))}`).join('  ')}`
    case 'counted':
      return `counted ${outcome.count} of ${outcome.of}`
    case 'waits':
      return `waits until ${shortTime(outcome.until)}`
    case 'once':
      return `suppressed by onceWithin until ${shortTime(outcome.until)}`
    case 'followed':
      return 'followed in time, so nothing is done'
    case 'evicted':
      return 'forgotten: too many groups'
    default:
      return `stopped (${outcome.is}): ${outcome.reason}`
  }
}

function asData({ rule, group, time, event, outcome }: RehearsedOutcome) {
  const { is, ...more } = outcome
  return {
    rule,
    group,
    time: formatTime(time),
    tag: event?.tag,
    outcome: is,
    ...more,
    ...('until' in outcome && { until: formatTime(outcome.until) }),
    ...('events' in outcome && {
      events: outcome.events.map((made) => ({ ...made, data: jsonView(made.data) })),
    }),
  }
}

function summarize(
  io: Io,
  format: string | undefined,
  events: number,
  rules: readonly RehearsedRule[],
): void {
  if (format === 'json')
    for (const rule of rules) io.out.line(escapeJson(JSON.stringify({ ...rule, outcome: 'summary' })))
  else if (format === 'yaml')
    for (const rule of rules) io.out.write(yamlDocument({ ...rule, outcome: 'summary' }))
  else {
    for (const line of tableLines(columns, rules, io.out.columns)) io.out.line(line)
    io.note(`${plural(events, 'event')} looked at; nothing was published`)
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
  { title: 'STILL WAITING', text: (row) => formatCount(row.waiting), right: true },
]
