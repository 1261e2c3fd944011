import { formatTime } from '../../event/position.js'
import type { FieldValues, Template } from '../../types/template.js'
import type { Wanted } from '../held-matches.js'
import { CAUSE, CHAIN, type MadeEvent } from '../rule.js'
import { compileRuleTemplate } from '../rule-template.js'
import {
  type Alert,
  type AlertData,
  type AlertDefinition,
  type AlertEnd,
  type AlertTexts,
  MAX_ALERTS,
  tagOfAlert,
} from './alert.js'
import { AlertSet } from './alert-set.js'

const MAX_LABEL = 256
const MAX_TEXT = 1024

/** The part of a rule that its alerts need. */
export interface AlertHost {
  /** The counter of the next event that the rule makes for a cause. */
  counterFor(cause: string): number
  ended(group: string, event: MadeEvent): void
}

interface AlertMoment {
  /** µs since the epoch */
  readonly now: number
  /** The cursor of the event that has led to it. */
  readonly cause: string
}

/** The alerts of a rule, and the events about them. */
export class RuleAlerts {
  readonly set: AlertSet
  /** The fields of events that the texts need. */
  readonly fields: readonly string[]
  readonly #rule: string
  readonly #definition: AlertDefinition
  readonly #texts: Template

  readonly #host: AlertHost

  constructor(rule: string, definition: AlertDefinition, host: AlertHost) {
    const { labels, summary = null, link = null } = definition
    this.set = new AlertSet(rule, definition)
    this.#rule = rule
    this.#definition = definition
    this.#host = host
    this.#texts = compileRuleTemplate({ labels, summary, link })
    this.fields = this.#texts.fields
  }

  /** Why no further alert may begin; undefined if one may. */
  get refusal(): string | undefined {
    return this.set.isFull ? `${MAX_ALERTS} alerts of it fire already` : undefined
  }

  /** Begins an alert, and returns the event about it. */
  begin(group: string, wanted: Wanted, moment: { now: number; count: number; counter: number }): MadeEvent {
    const { now, count, counter } = moment
    const { cause, chain, values, trace } = wanted
    const alert = this.set.made(group, this.#textsFrom(values), count, { now, cause, chain })
    const isEndless = this.#definition.resolve === 'never'
    if (!isEndless) this.set.keep(alert)
    const data = { ...this.#data(alert, 'firing'), ...(isEndless && { endless: true as const }) }
    return this.#event(alert, data, { cause, counter, trace })
  }

  /** The event that has led last to the alert whose deadline is the next. */
  get nextCause(): string | undefined {
    return this.set.nextDue?.lastCause
  }

  /** Ends the alert that was quiet or held for long enough, or forgets the one that has ended. */
  endDue(now: number): void {
    const alert = this.set.nextDue
    if (alert === undefined) return
    if (alert.state === 'ended') this.set.forget(alert)
    else if (alert.state === 'held') this.#close(alert)
    else this.#end(alert, { reason: 'quiet', now, cause: alert.lastCause })
  }

  /** An event ends the alert of its group. */
  resolved(group: string, moment: AlertMoment): void {
    const alert = this.set.of(group)
    if (alert !== undefined) this.#end(alert, { ...moment, reason: 'event' })
  }

  /** Somebody has ended the alert with a key. */
  resolvedByHand({ rule, key, by }: Readonly<Record<string, unknown>>, moment: AlertMoment): void {
    const alert = rule === this.#rule && typeof key === 'string' ? this.set.withKey(key) : undefined
    if (alert === undefined) return
    this.#end(alert, { ...moment, reason: 'hand', by: typeof by === 'string' ? by : undefined })
  }

  /** Ends an alert whose rule is no longer configured. */
  remove(alert: Alert, now: number): void {
    this.#end(alert, { reason: 'removed', now, cause: alert.lastCause })
  }

  #end(
    alert: Alert,
    { reason, now, cause, by }: AlertMoment & { reason: AlertEnd; by?: string | undefined },
  ): void {
    alert.lastCause = cause
    if (this.set.end(alert, reason, now, by)) this.#close(alert)
  }

  /** Forgets an alert that has ended, and tells the event about that. */
  #close(alert: Alert): void {
    const { reason, by, lastCause: cause, group } = alert
    const counter = this.#host.counterFor(cause)
    const data: AlertData = {
      ...this.#data(alert, 'resolved'),
      end: formatTime(alert.changed),
      ...(reason !== undefined && { reason }),
      ...(by !== undefined && { by }),
    }
    this.set.close(alert)
    this.#host.ended(group, this.#event(alert, data, { cause, counter, trace: undefined }))
  }

  #event(
    alert: Alert,
    data: AlertData,
    { cause, counter, trace }: { cause: string; counter: number; trace: string | undefined },
  ): MadeEvent {
    const attributes = {
      [CHAIN]: [...alert.chain, this.#rule].join(' '),
      [CAUSE]: cause,
      ...(trace !== undefined && { traceparent: trace }),
    }
    return { tag: tagOfAlert(this.#rule, data.status), data, attributes, counter }
  }

  #data(alert: Alert, status: AlertData['status']): AlertData {
    const { key, summary, link, labels, start, count, firstCause, lastCause } = alert
    return {
      ...{ rule: this.#rule, key, status, severity: this.#definition.severity, summary },
      ...(link !== undefined && { link }),
      ...{ labels, start: formatTime(start), count, first: firstCause, last: lastCause },
      ...(this.set.isFlapping(alert) && { flapping: true as const }),
    }
  }

  #textsFrom(values: FieldValues): AlertTexts {
    const { labels, summary, link } = this.#texts.render(values) as Record<
      'labels' | 'summary' | 'link',
      never
    >
    const texts = Object.entries(labels).map(([name, value]) => [name, textOf(value, MAX_LABEL)] as const)
    return {
      labels: Object.fromEntries(texts),
      summary: textOf(summary, MAX_TEXT) || [this.#rule, ...texts.map(([, text]) => text)].join(' '),
      link: textOf(link, MAX_TEXT) || undefined,
    }
  }
}

/** A field that the event does not have is an empty text. */
function textOf(value: unknown, longest: number): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, longest)
    .replace(/[\uD800-\uDBFF]$/, '')
}
