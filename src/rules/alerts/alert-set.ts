import {
  type Alert,
  type AlertDefinition,
  type AlertEnd,
  type AlertState,
  type AlertTexts,
  alertKey,
  MAX_ALERTS,
} from './alert.js'
import type { AlertSnapshot } from './alert-record.js'
import { alertFrom, alertSnapshot } from './alert-record.js'
import { Deadlines } from './deadlines.js'

const MICROS = 1000
const ALERTS_A_STEP = 64
/** Changes within a number of times of `hold` that are flapping. */
const FLAPPING_CHANGES = 3
const CALM_HOLDS = 10

/** An event that a rule acts on. */
export interface AlertCause {
  /** µs since the epoch */
  readonly now: number
  readonly cause: string
  readonly chain: readonly string[]
}

/** The alerts of one rule, by their groups. */
export class AlertSet {
  readonly #rule: string
  readonly #definition: AlertDefinition
  readonly #alerts = new Map<string, Alert>()
  readonly #deadlines = new Deadlines()
  /** Those that have ended, and are remembered to notice flapping. */
  #ended = 0

  constructor(rule: string, definition: AlertDefinition) {
    this.#rule = rule
    this.#definition = definition
  }

  /** The number of those that have begun and not ended. */
  get size(): number {
    return this.#alerts.size - this.#ended
  }

  /** With those that have ended. */
  get remembered(): number {
    return this.#alerts.size
  }

  get isFull(): boolean {
    return this.size >= MAX_ALERTS
  }

  get nextDeadline(): number {
    return this.#deadlines.next
  }

  /** The alert whose deadline is the next. */
  get nextDue(): Alert | undefined {
    const first = this.#deadlines.first
    return first && this.#alerts.get(first[1])
  }

  /** Those that have begun and not ended. */
  *current(): Generator<Alert> {
    for (const alert of this.#alerts.values()) if (alert.state !== 'ended') yield alert
  }

  isFlapping({ changes, since, changed }: Alert): boolean {
    return changes >= FLAPPING_CHANGES && changed <= since + this.#calm
  }

  /** Takes another match of an alert that has begun; undefined if it has not. */
  again(group: string, { now, cause }: Pick<AlertCause, 'now' | 'cause'>): Alert | undefined {
    const alert = this.#alerts.get(group)
    if (alert === undefined || alert.state === 'ended') return undefined
    if (alert.state === 'held') this.#change(alert, 'firing', now)
    alert.reason = undefined
    alert.by = undefined
    alert.count++
    alert.last = now
    alert.lastCause = cause
    this.#schedule(alert)
    return alert
  }

  /** A new alert, which is not kept yet. */
  made(group: string, texts: AlertTexts, count: number, { now, cause, chain }: AlertCause): Alert {
    const { changes = 0, since = now, changed = now } = this.#alerts.get(group) ?? {}
    const alert: Alert = {
      ...{ ...texts, group, key: alertKey(this.#rule, group), state: 'ended', start: now, last: now },
      ...{ count, firstCause: cause, lastCause: cause, chain, changes, since, changed },
      ...{ reason: undefined, by: undefined },
    }
    this.#change(alert, 'firing', now)
    return alert
  }

  keep(alert: Alert): void {
    const known = this.#alerts.get(alert.group)
    if (known?.state === 'ended') this.#ended--
    this.#alerts.set(alert.group, alert)
    this.#schedule(alert)
    this.#forgetEnded()
  }

  /** Something has ended the alert. Returns true if it has ended now, and false if that is held or it had not begun. */
  end(alert: Alert, reason: AlertEnd, now: number, by?: string): boolean {
    const holds = reason === 'event' && this.#definition.hold !== undefined
    if (alert.state !== 'firing' && holds) return false
    this.#change(alert, holds ? 'held' : 'ended', now)
    alert.reason = reason
    alert.by = by
    this.#schedule(alert)
    return !holds
  }

  of(group: string): Alert | undefined {
    const alert = this.#alerts.get(group)
    return alert?.state === 'ended' ? undefined : alert
  }

  withKey(key: string): Alert | undefined {
    for (const alert of this.current()) if (alert.key === key) return alert
    return undefined
  }

  /** Forgets an alert, or keeps of one that may flap that it has ended. */
  close(alert: Alert): void {
    const isRemembered = this.#definition.hold !== undefined && alert.reason === 'event'
    if (!isRemembered) {
      this.#forget(alert)
      return
    }
    alert.state = 'ended'
    this.#ended++
    this.#schedule(alert)
    this.#forgetEnded()
  }

  /** Forgets one that has ended long ago. */
  forget(alert: Alert): void {
    this.#ended--
    this.#forget(alert)
  }

  *snapshotSteps(): Generator<undefined, AlertSnapshot[]> {
    const alerts: AlertSnapshot[] = []
    for (const alert of this.#alerts.values())
      if (alerts.push(alertSnapshot(alert)) % ALERTS_A_STEP === 0) yield
    return alerts
  }

  restore(alerts: readonly AlertSnapshot[]): void {
    for (const snapshot of alerts) {
      const alert = alertFrom(snapshot, this.#rule)
      this.#alerts.set(alert.group, alert)
      if (alert.state === 'ended') this.#ended++
      this.#schedule(alert)
    }
  }

  get #hold(): number {
    return (this.#definition.hold ?? 0) * MICROS
  }

  /** Time without a change after which an alert is calm. */
  get #calm(): number {
    return CALM_HOLDS * this.#hold
  }

  #forget(alert: Alert): void {
    this.#alerts.delete(alert.group)
    this.#deadlines.delete(alert.group)
  }

  #forgetEnded(): void {
    if (this.#alerts.size <= MAX_ALERTS || this.#ended === 0) return
    for (const alert of this.#alerts.values())
      if (alert.state === 'ended') {
        this.forget(alert)
        return
      }
  }

  #change(alert: Alert, state: AlertState, now: number): void {
    if (now > alert.since + this.#calm) {
      alert.since = now
      alert.changes = 0
    }
    alert.changes++
    alert.changed = now
    alert.state = state
  }

  #schedule(alert: Alert): void {
    const due = this.#dueOf(alert)
    if (due === undefined) this.#deadlines.delete(alert.group)
    else this.#deadlines.set(alert.group, due)
  }

  /** When time changes the alert; it follows from what is stored of it. */
  #dueOf(alert: Alert): number | undefined {
    const { state, last, changed } = alert
    if (state === 'ended') return changed + this.#calm
    if (state === 'held') return changed + (this.isFlapping(alert) ? this.#calm : this.#hold)
    const { endsAfter } = this.#definition
    return endsAfter === undefined ? undefined : last + endsAfter * MICROS
  }
}
