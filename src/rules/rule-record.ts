import { formatCursor, isCursor } from '../event/cursor.js'
import { decode } from '../event/index.js'
import { isCount } from '../event/json/object.js'
import { isAlertSnapshot } from './alerts/alert-record.js'
import { isNoticeGroupSnapshot } from './alerts/notice-groups.js'
import { isNoticeSnapshot } from './alerts/notice-record.js'
import { isSilence } from './alerts/silence.js'
import type { CombinationSnapshot } from './correlation/combinations.js'
import type { GroupsSnapshot } from './groups.js'
import type { HeldSnapshot } from './held-matches.js'
import { noCounts, type RuleCounters } from './rule-counters.js'
import type { RuleSnapshot } from './run.js'

/** The record of a rule. */
export interface KeptRule {
  /** Its settings, as text; a rule with others begins again. */
  settings: string
  epoch: string
  /** The event up to which it is. */
  seq: number
  /** The event after which the rule began. It is part of the source of its events, so that a rule that begins again does not repeat their numbers. */
  began: number
  snapshot: RuleSnapshot
  /** Events at which it has failed too often, and which it never takes; the oldest are forgotten. */
  leftOut?: readonly number[]
}

export interface RulePosition {
  epoch: string
  seq: number
}

/** Throws if the bytes are no position. */
export function decodePosition(bytes: Uint8Array): RulePosition {
  const { epoch, seq } = fieldsOf(decode(bytes))
  if (typeof epoch !== 'string' || !isCount(seq) || !isCursor(formatCursor(epoch, seq)))
    throw new Error('the position has other fields')
  return { epoch, seq }
}

/** Throws if the bytes are no record of a rule. Records of older hubs may lack what was added later. */
export function decodeKeptRule(bytes: Uint8Array): KeptRule {
  const { settings, epoch, seq, began, snapshot, leftOut } = fieldsOf(decode(bytes))
  const isWhole =
    typeof settings === 'string' &&
    typeof epoch === 'string' &&
    isCount(seq) &&
    isCount(began) &&
    isSnapshot(snapshot) &&
    isOptional(leftOut, (value) => isListOf(value, isCount))
  if (!isWhole) throw new Error('the record of a rule has other fields')
  return { settings, epoch, seq, began, snapshot, leftOut: (leftOut as number[] | null) ?? undefined }
}

function isSnapshot(value: unknown): value is RuleSnapshot {
  const { groups, waiting, rate, counters, lastMatch, lastFired, held, combinations, counter } =
    fieldsOf(value)
  return (
    isListOf(groups, isGroup) &&
    isListOf(waiting, isWaiting) &&
    [lastMatch, lastFired].every(isCount) &&
    isListOf(rate, isCount) &&
    (rate as number[]).length === 2 &&
    isCounters(counters) &&
    isOptional(held, (events) => isListOf(events, isHeld)) &&
    isOptional(combinations, (all) => isListOf(all, isCombination)) &&
    isOptional(counter, isCount) &&
    areAlerts(fieldsOf(value))
  )
}

function areAlerts({ alerts, notices, noticeGroups, silences }: Record<string, unknown>): boolean {
  return (
    isOptional(alerts, (all) => isListOf(all, isAlertSnapshot)) &&
    isOptional(notices, (all) => isListOf(all, isNoticeSnapshot)) &&
    isOptional(noticeGroups, (all) => isListOf(all, isNoticeGroupSnapshot)) &&
    isOptional(silences, (all) => isListOf(all, isSilence))
  )
}

function isGroup(value: unknown): value is GroupsSnapshot['groups'][number] {
  const [key, matches, fired, last, seen] = listOf(value)
  return (
    typeof key === 'string' &&
    isListOf(matches, isNumber) &&
    isNumber(fired) &&
    [last, seen].every((time) => isOptional(time, isCount))
  )
}

function isWaiting(value: unknown): value is GroupsSnapshot['waiting'][number] {
  const [key, deadline, values, chain, cause, bytes, trace, over] = listOf(value)
  const isMatch = isWanted([values, chain, cause, bytes, trace])
  return isText(key) && isCount(deadline) && isMatch && isOptional(over, isCount)
}

function isHeld(value: unknown): value is HeldSnapshot {
  const [tag, seq, time, due, key, wanted, place] = listOf(value)
  const isWhole = [tag, key].every(isText) && [seq, time, due].every(isCount) && isOptional(place, isCount)
  return isWhole && (isOptional(wanted, isText) || isWanted(wanted))
}

function isCombination(value: unknown): value is CombinationSnapshot {
  const [key, seen, parts] = listOf(value)
  return isText(key) && isCount(seen) && isListOf(parts, (each) => isListOf(each, isPart))
}

function isPart(value: unknown): boolean {
  const [time, values, chain, cause, bytes] = listOf(value)
  return isCount(time) && isWanted([values, chain, cause, bytes])
}

function isWanted(value: unknown): boolean {
  const [values, chain, cause, bytes, trace] = listOf(value)
  return (
    isRecord(values) &&
    isListOf(chain, isText) &&
    isText(cause) &&
    isCount(bytes) &&
    isOptional(trace, isText)
  )
}

function isCounters(value: unknown): value is RuleCounters {
  const counters = fieldsOf(value)
  return Object.keys(noCounts()).every((name) => isCount(counters[name] ?? 0))
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isListOf(value: unknown, is: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is)
}

/** Undefined is null in msgpack. */
function isOptional(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || value === null || is(value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number'
}
