import { TocsinError } from '../../../errors/tocsin-error.js'
import { asFields } from '../../../event/json/object.js'
import { tagSegment } from '../../../event/tag.js'
import { PER_SUBSCRIBER } from '../constants/mask.js'
import { kindOf, type NotificationKind } from './kinds.js'
import type { NcsNotification } from './notification.js'
import { conditions } from './payloads.js'

/** Faults of a notification that its error names. */
const MOST_FAULTS = 10

/** A notification as an event of the bus. */
export interface NcsEvent {
  readonly tag: string
  /** The bits of its types, for the header of the frame. */
  readonly kind: number
  readonly data: Record<string, unknown>
}

/** Checks a notification and returns its event. Throws TCN_NCS_NOTIFICATION. */
export function eventOf(notification: NcsNotification): NcsEvent {
  const kind = checkedKind(notification.type)
  if ((kind.type & PER_SUBSCRIBER) !== 0)
    throw invalid(kind, 'is made by the hub for each subscriber and cannot be published')
  return madeEvent(kind, notification)
}

/** The same for the hub, which also makes those for one subscriber. */
export function madeEvent(kind: NotificationKind, notification: NcsNotification): NcsEvent {
  const data = payloadOf(kind, asFields(notification))
  return { tag: tagOf(kind, data), kind: (kind.type | (kind.also ?? 0)) >>> 0, data }
}

export function checkedKind(type: unknown): NotificationKind {
  const kind = typeof type === 'number' ? kindOf(type) : undefined
  if (kind !== undefined) return kind
  throw new TocsinError(
    'TCN_NCS_NOTIFICATION',
    `${JSON.stringify(type) ?? typeof type} is no type of a notification`,
  )
}

function payloadOf(kind: NotificationKind, given: Record<string, unknown>): Record<string, unknown> {
  const { key, schema } = kind
  const strange = Object.keys(given).find((each) => each !== 'type' && each !== key)
  if (strange !== undefined) throw invalid(kind, `has no key ${JSON.stringify(strange)}`)
  if (key === undefined || schema === undefined) return {}
  const result = schema.safeParse(given[key])
  if (!result.success) {
    const faults = result.error.issues.slice(0, MOST_FAULTS)
    throw invalid(
      kind,
      faults.map(({ path, message }) => `${[key, ...path].join('.')}: ${message}`).join('; '),
    )
  }
  const fault = (conditions as Record<string, (value: never) => string | undefined>)[key]?.(
    result.data as never,
  )
  if (fault !== undefined) throw invalid(kind, `${key} ${fault}`)
  return result.data
}

function tagOf({ name, detail }: NotificationKind, data: Record<string, unknown>): string {
  const text = detail?.(data as never)
  return text === undefined ? `ncs/${name}` : `ncs/${name}/${tagSegment(text)}`
}

function invalid({ name }: NotificationKind, message: string): TocsinError {
  return new TocsinError('TCN_NCS_NOTIFICATION', `${name.toUpperCase()}: ${message}`)
}
