import { createHash } from 'node:crypto'
import type { FilterInput } from '../../filter/index.js'
import type { LineDefinition } from '../lines/log-line.js'

export const SEVERITIES = ['critical', 'error', 'warning', 'info'] as const
export type AlertSeverity = (typeof SEVERITIES)[number]

/** Alerts of one rule that may fire at a time. */
export const MAX_ALERTS = 10_000

/** Events that end an alert. */
export interface ResolveDefinition {
  readonly filter: FilterInput | undefined
  readonly line?: LineDefinition | undefined
  /** Fields that name their group, if these are others than those of the rule. */
  readonly by?: readonly string[] | undefined
}

/** The `alert` of a rule as the engine takes it; times are in ms. */
export interface AlertDefinition {
  readonly severity: AlertSeverity
  readonly labels: Readonly<Record<string, string>>
  readonly summary: string | undefined
  readonly link: string | undefined
  /** Never: a single fact, which has no end. By hand: until somebody says so. */
  readonly resolve: 'never' | 'byHand' | ResolveDefinition | undefined
  /** Ends when no event has matched for this time. */
  readonly endsAfter: number | undefined
  /** Time that a resolve waits for another match. */
  readonly hold: number | undefined
  /** The sink is notified again after this time while it fires. */
  readonly repeat: number | undefined
}

/** The texts of an alert, made from the fields of the event that has begun it. */
export interface AlertTexts {
  readonly labels: Readonly<Record<string, string>>
  readonly summary: string
  readonly link: string | undefined
}

/**
 * firing  an event has matched, and nothing has ended it
 * held    something has ended it, and it waits whether it fires again
 * ended   it is remembered only to notice that it fires again and again
 */
export const STATES = ['firing', 'held', 'ended'] as const
export type AlertState = (typeof STATES)[number]

/** Why an alert has ended. */
export const REASONS = ['event', 'quiet', 'hand', 'removed'] as const
export type AlertEnd = (typeof REASONS)[number]

/** An alert of a rule, of one group. Times are µs since the epoch, and cursors name events. */
export interface Alert extends AlertTexts {
  readonly group: string
  readonly key: string
  state: AlertState
  start: number
  /** When an event has matched last. */
  last: number
  /** When its state has changed last. */
  changed: number
  count: number
  firstCause: string
  lastCause: string
  chain: readonly string[]
  /** Changes since a time, to notice that it flaps. */
  changes: number
  since: number
  /** Why it has ended, while that is held. */
  reason: AlertEnd | undefined
  by: string | undefined
}

/** The data of the events about an alert. */
export interface AlertData {
  rule: string
  key: string
  status: 'firing' | 'resolved'
  severity: AlertSeverity
  summary: string
  link?: string
  labels: Readonly<Record<string, string>>
  start: string
  end?: string
  count: number
  first: string
  last: string
  flapping?: true
  /** A single fact, which no event will end. */
  endless?: true
  reason?: AlertEnd
  by?: string
}

/** The name of an alert everywhere: it follows from the rule and the values of `by`. */
export function alertKey(rule: string, group: string): string {
  return createHash('sha256').update(`${rule}\0${group}`).digest('hex').slice(0, 16)
}

/** Notices about several alerts. No rule has such a name. */
export const GROUP_TAG = 'alert/@group/notice'

export function tagOfAlert(rule: string, change: 'firing' | 'resolved' | 'notice'): string {
  return `alert/${rule}/${change}`
}

/** The events by which somebody ends an alert, or begins and ends a silence. */
export const RESOLVE_TAG = 'hub/alert/resolve'
export const SILENCE_TAG = 'hub/alert/silence'
export const UNSILENCE_TAG = 'hub/alert/unsilence'
