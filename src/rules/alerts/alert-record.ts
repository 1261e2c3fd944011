import { isOneOf } from '../../event/one-of.js'
import { type Alert, type AlertEnd, type AlertState, alertKey, REASONS, STATES } from './alert.js'

/** An alert as it is stored, by the names of its fields without those that follow from others. */
export type AlertSnapshot = [
  group: string,
  state: AlertState,
  times: [start: number, last: number, changed: number, since: number],
  counts: [count: number, changes: number],
  causes: [first: string, last: string, ...chain: string[]],
  texts: [summary: string, link: string | null, labels: Record<string, string>],
  end: [reason: AlertEnd | null, by: string | null],
]

export function alertSnapshot(alert: Alert): AlertSnapshot {
  const { group, state, start, last, changed, since, count, changes, summary, link, labels } = alert
  return [
    group,
    state,
    [start, last, changed, since],
    [count, changes],
    [alert.firstCause, alert.lastCause, ...alert.chain],
    [summary, link ?? null, { ...labels }],
    [alert.reason ?? null, alert.by ?? null],
  ]
}

export function alertFrom(snapshot: AlertSnapshot, rule: string): Alert {
  const [group, state, times, [count, changes], [firstCause, lastCause, ...chain], texts, end] = snapshot
  const [start, last, changed, since] = times
  const [summary, link, labels] = texts
  return {
    ...{ group, key: alertKey(rule, group), state, start, last, changed, since, count, changes },
    ...{ firstCause, lastCause, chain, summary, link: link ?? undefined, labels },
    ...{ reason: end[0] ?? undefined, by: end[1] ?? undefined },
  }
}

export function isAlertSnapshot(value: unknown): value is AlertSnapshot {
  if (!Array.isArray(value)) return false
  const [group, state, times, counts, causes, texts, end] = value.map((each: unknown): unknown => each)
  return (
    isText(group) &&
    isOneOf(STATES, state) &&
    isList(times, 4, isNumber) &&
    isList(counts, 2, isNumber) &&
    Array.isArray(causes) &&
    causes.length >= 2 &&
    causes.every(isText) &&
    isTexts(texts) &&
    isEnd(end)
  )
}

function isTexts(value: unknown): boolean {
  if (!Array.isArray(value)) return false
  const [summary, link, labels] = value
  return isText(summary) && (link === null || isText(link)) && isLabels(labels)
}

export function isLabels(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every(isText)
}

function isEnd(value: unknown): boolean {
  if (!Array.isArray(value)) return false
  const [reason, by] = value
  return (reason === null || isOneOf(REASONS, reason)) && (by === null || isText(by))
}

function isList(value: unknown, length: number, is: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length === length && value.every(is)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isNumber(value: unknown): boolean {
  return Number.isSafeInteger(value)
}
