import { z } from 'zod'
import type { ClaimProblem } from '../config/claims.js'
import { anyFilter } from '../config/values/filter-list.js'
import { ON_THIS_MACHINE, OWNER_FROM_ELSEWHERE } from '../config/values/marks.js'
import { readBy } from '../config/values/read-by.js'
import { duration } from '../config/values/units.js'
import type { JobsConfig } from '../jobs/config.js'
import { namesOfProgram } from '../processes/programs.js'
import type { SinksConfig } from '../sinks/config.js'
import type { TemplateJson } from '../types/template.js'
import { alertConfig, alertDefinition } from './alerts/config.js'
import { type AlertRoutesConfig, sinksOfRoute } from './alerts/routes-config.js'
import { byConfig, groupingFields } from './by-config.js'
import { correlateConfig, correlationDefinition } from './correlation/config.js'
import { correlationProblems } from './correlation/problems.js'
import { jobSinkOf } from './job-sink.js'
import { lineConfig } from './lines/config.js'
import type { RuleDefinition } from './rule.js'
import { checkSubject, checkSubjectOf, condition, subjectKeys, subjectOf } from './rule-filter.js'
import { compileRuleTemplate } from './rule-template.js'

const MAX_RULES = 256
const MAX_ARGUMENTS = 64
/** Times that all groups of a rule with `after` may remember. */
const MAX_REMEMBERED = 1_000_000

const templateText = z.string().min(1).max(4096).superRefine(readBy(compileRuleTemplate))

const within = () => duration({ min: 1, max: 31 * 86_400_000 })

const followed = z
  .strictObject(subjectKeys('Events that make acting unnecessary. Default: with `where`, all that match it.'))
  .omit({ line: true })
  .extend({ within: within().describe('How long it waits for one.') })
  .superRefine(checkSubjectOf('filter', 'where'))

const rule = z
  .strictObject({
    filter: anyFilter()
      .optional()
      .meta({ kind: 'filters' })
      .describe('Events that it is about. Default: all.'),
    where: condition.optional().describe('SQL condition that they must match too, such as `data.used > 90`.'),
    line: lineConfig
      .optional()
      .describe('It is about these lines of log files, whichever source has read them.'),
    by: byConfig
      .optional()
      .describe(
        'Field, or list of these, whose values tell groups apart, such as `data.host`: each is counted and limited by itself.',
      ),
    eventTime: z
      .strictObject({
        delay: duration({ min: 1, max: 86_400_000 })
          .prefault('30s')
          .describe('How long an event is held, so that those that happened before it can come.'),
      })
      .optional()
      .describe(
        'Takes events in the order in which they happened, and measures `after`, `correlate`, `unlessFollowedBy` and `onceWithin` by the time of events. Without it, events are taken in the order of the log.',
      ),
    after: z
      .strictObject({
        count: z.int().min(1).max(1000).describe('How many events must match.'),
        within: within().describe('The time within which they must.'),
      })
      .optional()
      .describe('Acts only when so many events match within a time; then it counts again from zero.'),
    correlate: correlateConfig
      .optional()
      .describe(
        'Acts when there is an event for each of several conditions within a time; then it begins again.',
      ),
    unlessFollowedBy: followed.optional().describe('Acts only if no such event of the group comes in time.'),
    onceWithin: within().optional().describe('Acts once within this time, and not again until it is over.'),
    atMost: z
      .strictObject({
        count: z.int().min(1).max(1_000_000).default(100).describe('How often it may act within the time.'),
        within: within().prefault('1m').describe('The time.'),
      })
      .prefault({})
      .describe('A guard against floods: beyond that, the rule stops until the time is over, and says so.'),
    groups: z
      .int()
      .min(1)
      .max(100_000)
      .default(10_000)
      .describe('Groups that are remembered. Of more, the one not seen for the longest is forgotten.'),
    fire: z
      .strictObject({
        tag: templateText.describe(`Tag of the event, such as \`alert/disk/\${data.host}\`.`),
        data: z
          .unknown()
          .superRefine(readBy((data: unknown) => compileRuleTemplate((data ?? null) as TemplateJson)))
          .optional()
          .describe(
            `Its body, with fields as \`\${data.path}\`. Default: the event that matched, and its place.`,
          ),
      })
      .optional()
      .describe('Publishes an event.'),
    alert: alertConfig
      .optional()
      .describe('Begins an alert, which lasts until it ends, instead of publishing an event each time.'),
    sink: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe(
        'Sink that delivers the event of `fire`, without `fire` one about what matched, and with `alert` notices of begin and end.',
      ),
    job: z
      .array(templateText)
      .min(1)
      .max(MAX_ARGUMENTS)
      .refine(([program]) => program?.startsWith('/') && !program.includes('${'), {
        error: 'must begin with the absolute path of a program, without fields',
      })
      .optional()
      .describe(
        `Program and arguments, with fields as \`\${data.path}\`, to run as a job. \`jobs.programs\` must allow it.`,
      )
      .meta(ON_THIS_MACHINE),
  })
  .refine((each) => (['fire', 'alert', 'sink', 'job'] as const).some((key) => each[key] !== undefined), {
    error: 'must do something: `fire`, `alert`, `sink` or `job`',
  })
  .refine(({ fire, alert }) => fire === undefined || alert === undefined, {
    error: '`fire` and `alert` exclude each other',
  })
  .refine(({ eventTime, alert }) => eventTime === undefined || typeof alert?.resolve !== 'object', {
    error: '`eventTime` and an event that resolves an alert exclude each other',
  })
  .refine(({ after, groups }) => (after?.count ?? 0) * groups <= MAX_REMEMBERED, {
    error: `must remember at most ${MAX_REMEMBERED} events: \`after.count\` times \`groups\``,
  })
  .superRefine(checkSubject)
  .superRefine((each, context) => {
    for (const { path, message } of correlationProblems(each))
      context.addIssue({ code: 'custom', path, message })
  })
  // Without a job, it does no more than the rights of the owner allow.
  .meta({ whole: true, ...OWNER_FROM_ELSEWHERE })
export type RuleConfig = z.output<typeof rule>
export type RuleInput = z.input<typeof rule>

/** The rules by their names. */
export const rulesConfig = z
  .record(
    z.string().regex(/^[A-Za-z0-9._-]{1,48}$/, {
      error: 'must be 1 to 48 letters, digits, dots, dashes and underscores',
    }),
    rule,
  )
  .refine((rules) => Object.keys(rules).length <= MAX_RULES, { error: `at most ${MAX_RULES} rules` })
export type RulesConfig = z.output<typeof rulesConfig>

export function configuredRules(config: RulesConfig): RuleDefinition[] {
  return Object.entries(config).map(([name, each]) => definitionOf(name, each))
}

function definitionOf(name: string, config: RuleConfig): RuleDefinition {
  const {
    by = [],
    correlate,
    eventTime,
    after,
    unlessFollowedBy: follow,
    onceWithin,
    atMost,
    groups,
    fire,
    sink,
    job,
    alert,
  } = config
  return {
    name,
    ...subjectOf(config),
    by: groupingFields(by),
    eventTime,
    after,
    ...(correlate !== undefined && { correlation: correlationDefinition(correlate, by) }),
    unless: follow && {
      ...subjectOf(follow),
      within: follow.within,
      ...(follow.by !== undefined && { by: groupingFields(follow.by) }),
    },
    once: onceWithin,
    atMost,
    groups,
    fire: fire && { tag: fire.tag, data: fire.data as TemplateJson | undefined },
    sink,
    job,
    ...(alert !== undefined && { alert: alertDefinition(alert) }),
  }
}

/** The other parts of the configuration that rules name. */
export interface RuleNeighbours {
  readonly rules: RulesConfig
  readonly alertRoutes: AlertRoutesConfig
  readonly sinks: SinksConfig
  readonly jobs: Pick<JobsConfig, 'programs' | 'path'>
}

/** The problems of rules and routes whose sink or job is missing or does not fit. */
export function ruleProblems(config: RuleNeighbours): ClaimProblem[] {
  return [...problemsOfRules(config), ...problemsOfRoutes(config)]
}

function problemsOfRoutes({ alertRoutes, sinks }: RuleNeighbours): ClaimProblem[] {
  return alertRoutes.flatMap((route, index) =>
    sinksOfRoute(route)
      .map((name) => sinkProblem(name, sinks))
      .filter((message) => message !== undefined)
      .map((message) => ({ path: ['alertRoutes', index, 'to'], message })),
  )
}

function problemsOfRules({ rules, sinks, jobs }: RuleNeighbours): ClaimProblem[] {
  return Object.entries(rules).flatMap(([name, { sink, job }]) => {
    const problem = (key: string, message: string) => [{ path: ['rules', name, key], message }]
    const ofSink = sink === undefined ? undefined : sinkProblem(sink, sinks)
    return [
      ...(ofSink === undefined ? [] : problem('sink', ofSink)),
      ...(job === undefined || mayRun(job[0], jobs)
        ? []
        : problem('job', `\`jobs.programs\` does not allow ${job[0]}`)),
      ...(job === undefined || sinks[jobSinkOf(name)] === undefined
        ? []
        : problem('job', `a sink has the name ${jobSinkOf(name)}, which the job of this rule needs`)),
    ]
  })
}

/** A sink without a filter delivers every event, and would do so even when the last rule that names it is removed. */
function sinkProblem(name: string, sinks: SinksConfig): string | undefined {
  const sink = sinks[name]
  if (sink === undefined) return `there is no sink ${JSON.stringify(name)}`
  if (sink.filter !== undefined || sink.where !== undefined) return undefined
  return `the sink ${name} has no filter, so it delivers every event; with \`filter: { any: [] }\` it delivers only what rules hand to it`
}

function mayRun(program: string, { programs, path }: RuleNeighbours['jobs']): boolean {
  return programs === '*' || namesOfProgram(program, path).some((each) => programs.includes(each))
}
