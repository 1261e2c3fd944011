import type { Event } from '../../event/event.js'
import { asFields } from '../../event/json/object.js'
import { type Json, jsonView } from '../../event/json/view.js'
import { ownTime } from '../../event/own-time.js'
import { formatTime } from '../../event/position.js'
import type { SeverityName } from '../../event/severity.js'
import { isLong } from '../../incremental/long-text.js'
import { outlineOf } from '../../incremental/outline.js'
import { summaryOf } from '../../types/summary.js'
import type { EventView } from '../sink.js'

/** The severities of PagerDuty, from which those of other receivers follow. */
export type AlertLevel = 'critical' | 'error' | 'warning' | 'info'

/** The parts of an event that receivers of messages for people and of alerts want. */
export interface Facts {
  readonly tag: string
  readonly source: string
  readonly type: string
  /** The cursor of the event, which is the id of its CloudEvent. */
  readonly cursor: string
  /** When it happened, µs since the epoch. */
  readonly micros: number
  /** The same as RFC 3339. */
  readonly time: string
  readonly level: AlertLevel
  readonly summary: string
  /** When the alert has begun and ended that the event is about, as RFC 3339. */
  readonly start?: string
  readonly end?: string
  /** The subject of the event, which is the same when it is over: `data.fingerprint`, the key of an alert, or the tag. */
  readonly identity: string
  /** True if the event says that its subject is over: `data.status` or `data.state` is `resolved`. */
  readonly isResolved: boolean
  readonly host: string | undefined
  /** Its data; of a long event, the outline. */
  readonly data: Json
}

const MAX_SUMMARY = 1000

export function factsOf(event: Event, view: EventView): Facts {
  const { tag, source } = event
  const data = dataOf(event)
  const type = view.typeOf(tag)
  const { fingerprint, key, status, state, host, hostname } = asFields(data)
  const isAlert = source.startsWith('hub/') && ALERT.test(tag)
  const summary = summaryOf(data, MAX_SUMMARY, view.displayOf(type)).replace(/\p{Cc}+/gu, ' ')
  return {
    ...{ tag, source, type },
    cursor: event.cursorIn(view.epoch),
    micros: ownTime(event),
    time: formatTime(ownTime(event)),
    level: levelOf(view.severityOf(event)),
    summary: cut(summary, MAX_SUMMARY) || tag,
    identity: textIn(fingerprint) ?? (isAlert ? textIn(key) : undefined) ?? tag,
    ...(isAlert && alertTimes(data)),
    isResolved: status === 'resolved' || state === 'resolved',
    host: textIn(host) ?? textIn(hostname),
    data: jsonView(data),
  }
}

/** The events of the hub about the alerts of rules. */
const ALERT = /^alert\/[^/]+\/(?:firing|resolved|notice)$/

function alertTimes(data: unknown): { start?: string; end?: string } {
  const [start, end] = [asFields(data).start, asFields(data).end].map((each) => textIn(each))
  return { ...(start !== undefined && { start }), ...(end !== undefined && { end }) }
}

/** The data of an event; of a long one, the outline. */
export function dataOf(event: Event): unknown {
  return isLong(event) ? outlineOf(event) : event.data
}

function levelOf(severity: SeverityName = 'info'): AlertLevel {
  switch (severity) {
    case 'emerg':
    case 'alert':
    case 'crit':
      return 'critical'
    case 'err':
      return 'error'
    case 'warning':
      return 'warning'
    default:
      return 'info'
  }
}

/** The beginning of a text that is too long, without half a character at its end. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text
  return `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 255 ? value : undefined
}
