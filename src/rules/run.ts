import type { Event } from '../event/event.js'
import type { FilterInput } from '../filter/index.js'
import type { DerivedAttributes } from '../filter/matcher.js'
import { type Alert, RESOLVE_TAG } from './alerts/alert.js'
import type { AlertSnapshot } from './alerts/alert-record.js'
import type { NoticeGroupSnapshot } from './alerts/notice-groups.js'
import type { NoticeSnapshot } from './alerts/notice-record.js'
import type { Silence } from './alerts/silence.js'
import type { CombinationSnapshot } from './correlation/combinations.js'
import type { GroupsSnapshot } from './groups.js'
import type { HeldEvent, HeldSnapshot } from './held-matches.js'
import type { RuleDefinition } from './rule.js'
import type { RuleCounters } from './rule-counters.js'

/**
 * The meanings that an event can have for a rule:
 *
 * follows   it makes acting unnecessary
 * resolves  it ends an alert
 * matches   the rule is about it
 */
export const MEANINGS = ['follows', 'resolves', 'matches'] as const
export type Meaning = (typeof MEANINGS)[number]

/** Events that a rule takes, and what they mean for it. */
export interface Role {
  readonly filter: FilterInput | undefined
  readonly meaning: Meaning
}

export function rolesOf({ filter, correlation, unless, alert }: RuleDefinition): Role[] {
  const resolve = alert?.resolve
  return [
    ...(correlation?.conditions ?? [{ filter }]).map((each) => ({
      filter: each.filter,
      meaning: 'matches' as const,
    })),
    ...(unless === undefined ? [] : [{ filter: unless.filter, meaning: 'follows' as const }]),
    ...(typeof resolve === 'object' ? [{ filter: resolve.filter, meaning: 'resolves' as const }] : []),
    ...(alert === undefined ? [] : [{ filter: BY_HAND, meaning: 'resolves' as const }]),
  ]
}

/** Only the hub publishes under `hub/`. */
const BY_HAND: FilterInput = { all: [{ exact: { tag: RESOLVE_TAG } }, { prefix: { source: 'hub/' } }] }

export interface RuleSnapshot extends GroupsSnapshot {
  rate: [since: number, count: number]
  counters: RuleCounters
  lastMatch: number
  lastFired: number
  // Only of rules that go by the time of events.
  held?: HeldSnapshot[] | null
  // Only of rules with several conditions.
  combinations?: CombinationSnapshot[] | null
  // Also of rules with alerts.
  counter?: number | null
  alerts?: AlertSnapshot[] | null
  // Only of the run that notifies sinks of alerts.
  notices?: NoticeSnapshot[] | null
  noticeGroups?: NoticeGroupSnapshot[] | null
  silences?: Silence[] | null
}

/** The part of the hub that a rule needs to know of events. */
export interface EventNames {
  typeOf(tag: string): string
  readonly derived?: DerivedAttributes
  cursorOf(event: Event): string
}

/** One rule at work. What it does depends only on the events that it gets, in their order, and on their times. */
export interface EngineRun {
  readonly name: string
  readonly definition: RuleDefinition
  readonly roles: readonly Role[]
  readonly counters: RuleCounters
  /** µs since the epoch; 0: never. */
  readonly lastMatch: number
  readonly lastFired: number
  readonly groups: number
  readonly waiting: number
  /** Events that wait for their turn. */
  readonly held: number
  /** True if it has changed since its last snapshot was taken. */
  isChanged: boolean
  /** The event that it has taken last, or that it acts for. */
  readonly at: number
  /** The event that it handles now, after it has waited for its turn. */
  readonly handles: HeldEvent | undefined
  readonly nextDeadline: number
  /** Reads of an event what `take` will read of it, and changes nothing. Absent if all its events are short. */
  look?(meaning: Meaning, event: Event): void
  /** Takes an event. `now`: the time of the log. */
  take(meaning: Meaning, event: Event, now: number): void
  /** Does what was due before this time, as long as there is time for one more. */
  expire(time: number, hasTime?: () => boolean): void
  /** Never takes these events, nor acts for those that wait. */
  leaveOut(seqs: readonly number[]): void
  snapshot(): RuleSnapshot
  /** The snapshot, made in steps between which the rule must not change. */
  snapshotSteps(): Generator<undefined, RuleSnapshot>
  restore(snapshot: RuleSnapshot): void
  /** Continues with the alerts that it had before its settings changed. */
  restoreAlerts(alerts: readonly AlertSnapshot[]): void
  /** Alerts that it remembers. */
  readonly alertCount: number
  /** Alerts that have begun and not ended. */
  readonly activeAlerts: number
  /** Its alerts that fire. */
  alerts(): Iterable<Alert>
}
