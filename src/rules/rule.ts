import { isOneOf } from '../event/one-of.js'
import type { FilterInput } from '../filter/index.js'
import type { TemplateJson } from '../types/template.js'
import type { AlertDefinition } from './alerts/alert.js'
import type { AlertRoutes } from './alerts/alert-routes.js'
import type { CorrelationDefinition } from './correlation/correlation.js'
import type { LineDefinition } from './lines/log-line.js'

/** At most `count` of something within a time, ms. */
export interface CountWithin {
  readonly count: number
  readonly within: number
}

/** Events that make acting unnecessary. */
export interface FollowDefinition {
  readonly filter: FilterInput | undefined
  /** ms */
  readonly within: number
  /** Fields that name their group, if these are others than those of the rule. */
  readonly by?: readonly string[] | undefined
}

/** A rule as the engine takes it; times are in ms. */
export interface RuleDefinition {
  readonly name: string
  /** A rule with several conditions has theirs instead. */
  readonly filter: FilterInput | undefined
  /** It is about these lines of log files. */
  readonly line?: LineDefinition | undefined
  /** Fields whose values tell groups apart; each group is counted and limited by itself. */
  readonly by: readonly string[]
  /** Takes events in the order in which they happened; each waits so long for those before it. */
  readonly eventTime?: { readonly delay: number } | undefined
  /** Acts only when this number of events of a group match within the time. */
  readonly after: CountWithin | undefined
  /** Acts when there is an event for each condition, instead of on each that matches. */
  readonly correlation?: CorrelationDefinition | undefined
  /** Acts unless an event of the same group matches the filter within the time. */
  readonly unless: FollowDefinition | undefined
  /** Acts once within the time for a group, ms. */
  readonly once: number | undefined
  /** The number of actions within a time, however many events match. */
  readonly atMost: CountWithin
  /** Most groups that are remembered. */
  readonly groups: number
  /** If it is absent, the data of the event says what matched. */
  readonly fire: { readonly tag: string; readonly data: TemplateJson | undefined } | undefined
  readonly sink: string | undefined
  /** Program and arguments; the program is not a template. */
  readonly job: readonly string[] | undefined
  /** Begins and ends alerts instead of firing events. */
  readonly alert?: AlertDefinition | undefined
  /** Which sinks hear of which alerts; only of the run that notifies them. */
  readonly notices?: AlertRoutes
}

/** An event that a rule makes. */
export interface MadeEvent {
  readonly tag: string
  readonly data: unknown
  readonly attributes: Readonly<Record<string, string>>
  /** Rises with each event that the rule makes. It follows from the cause alone, so that each hub gives it the same. */
  readonly counter: number
}

/** The outcome of an event that matched, or of one that was waited for. */
export type Outcome =
  | { readonly is: 'fired'; readonly events: readonly MadeEvent[] }
  /** An alert has ended. */
  | { readonly is: 'resolved'; readonly events: readonly MadeEvent[] }
  /** Its alert fires already. `count`: events that have matched. */
  | { readonly is: 'ongoing'; readonly count: number }
  /** The sink does not hear of it. */
  | { readonly is: 'silenced' }
  /** It has acted already; until then (µs) it does not again. */
  | { readonly is: 'once'; readonly until: number }
  | { readonly is: 'counted'; readonly count: number; readonly of: number }
  /** There is no event yet for these other conditions; in order, also for its own if it has come before its turn. */
  | { readonly is: 'partial'; readonly condition: string; readonly missing: readonly string[] }
  /** It has no value that tells which events of other conditions it belongs to. */
  | { readonly is: 'apart'; readonly condition: string }
  /** Waits until then (µs) for an event that makes acting unnecessary. */
  | { readonly is: 'waits'; readonly until: number }
  | { readonly is: 'followed' }
  /** A guard has stopped it. */
  | { readonly is: 'loop' | 'rate' | 'full' | 'failed'; readonly reason: string }
  /** It came after events of its group that had happened later, or it did not wait for those before it. */
  | { readonly is: 'late' | 'early'; readonly reason: string }
  /** A group was forgotten, with what was known of it. */
  | { readonly is: 'evicted' }

/** The faults of a rule. */
export const FAULTS = ['loop', 'rate', 'full', 'failed', 'evicted', 'late', 'early'] as const
export type Fault = Extract<Outcome, { is: (typeof FAULTS)[number] }>

export function isFault(outcome: Outcome): outcome is Fault {
  return isOneOf(FAULTS, outcome.is)
}

/** The events that it leads to. */
export function eventsOf(outcome: Outcome): readonly MadeEvent[] {
  return 'events' in outcome ? outcome.events : []
}

/** Attributes of the events that rules make. */
export const CHAIN = 'rulechain'
export const CAUSE = 'rulecause'
/** The number of rules that may act one after another on the events of the previous one. */
export const MAX_CHAIN = 8

/** The tag of events about a rule, which the rule itself never sees. */
export function tagOfRule(name: string): string {
  return `hub/rule/${name}`
}

/** The tag of the events that start the jobs of a rule. */
export function tagOfJob(name: string): string {
  return `hub/rule/${name}/job`
}
