import { asFields } from '../../../event/json/object.js'
import { type ErrorCause, parseErrorCauses } from './causes.js'
import { SctpNotificationError } from './error.js'
import { notificationName, valueName } from './names.js'
import type { Notification } from './notification.js'
import { type Platform, platformOf } from './platform.js'

/** The keys that an event adds to those of its notification. */
export interface SctpEventFacts {
  /** Association id; 0 if the notification belongs to none. */
  association: number
  platform: Platform
  /** Names of the values that are constants: `{ sn_type: 'SCTP_ASSOC_CHANGE', sac_state: 'SCTP_COMM_UP' }`. */
  names: Record<string, string>
  /** The cause of an abort, from `sac_info`. */
  causes?: ErrorCause[]
  /** Original length in bytes of the value that was cut off. */
  cut?: number
}

export type SctpEventData<N = Notification> = N & SctpEventFacts

export interface NotificationEvent<P extends Platform = Platform> {
  /** `<association>/<type>`, the end of the tag `sctp/<source>/<association>/<type>`. */
  path: string
  data: SctpEventData<Notification<P>>
}

export interface NotificationEventOptions<P extends Platform = Platform> {
  /** Platform of the notification; default: the host's. */
  platform?: P
  /** A longer chunk or unsent message is cut off at this length. Default 64 KiB. */
  maxBytes?: number
}

const MAX_BYTES = 64 * 1024

/**
 * The event for a notification.
 *
 * @example
 * const shutdown = { sn_type: constants.linux.SCTP_SHUTDOWN_EVENT, sse_flags: 0, sse_assoc_id: 7 }
 * notificationEvent(shutdown, { platform: 'linux' }).path // '7/shutdown_event'
 */
export function notificationEvent<P extends Platform = Platform>(
  notification: Notification<P>,
  options: NotificationEventOptions<P> = {},
): NotificationEvent<P> {
  const { maxBytes: mostBytes = MAX_BYTES } = options
  const platform = platformOf(options)
  const association = associationOf(notification)
  const names = namesOf(notification, platform)
  const { sac_info } = asFields(notification)
  const causes = sac_info instanceof Uint8Array ? causesOf(sac_info) : undefined
  const data = {
    ...notification,
    association,
    platform,
    names,
    ...(causes && { causes }),
    ...cutTail(notification, mostBytes),
  }
  return {
    path: `${association}/${typeSegment(names.sn_type)}`,
    data,
  }
}

function cutTail(notification: object, most: number): Record<string, unknown> | undefined {
  const long = Object.entries(notification).find(
    ([, value]) => value instanceof Uint8Array && value.length > most,
  )
  return long && { [long[0]]: long[1].subarray(0, most), cut: long[1].length }
}

/** For `SCTP_ASSOC_CHANGE`, `assoc_change`: the last segment of the tag, and the type after `sctp.`. */
export function typeSegment(name: string): string {
  return name.replace(/^SCTP_/, '').toLowerCase()
}

function associationOf(notification: object): number {
  const key = Object.keys(notification).find((each) => each.endsWith('_assoc_id'))
  return key === undefined ? 0 : (notification as Record<string, number>)[key]
}

function namesOf(notification: { sn_type: number }, platform: Platform): Record<string, string> {
  const found: Record<string, string> = {
    sn_type: notificationName(notification.sn_type, { platform }) ?? '',
  }
  for (const [key, value] of Object.entries(notification)) {
    const name = typeof value === 'number' ? valueName(key, value, { platform }) : undefined
    if (name !== undefined) found[key] = name
  }
  return found
}

/** Undefined if the chunk that the peer sent is not valid, which does not affect the notification itself. */
function causesOf(info: Uint8Array): ErrorCause[] | undefined {
  try {
    return parseErrorCauses(info)
  } catch (error) {
    if (error instanceof SctpNotificationError) return undefined
    throw error
  }
}

/** The name of a source `sctp/<name>`, which is one segment of its tags. */
export const SOURCE_NAME = /^[A-Za-z0-9._-]{1,64}$/
export const SOURCE_NAME_RULE = '1 to 64 letters, digits, dots, dashes and underscores'

/** Upper bound of everything in an event except the chunk or message. */
export const EVENT_OVERHEAD_BYTES = 4096

export interface SourceEventOptions {
  platform: Platform
  /** The hub's limit for a frame; default: none. */
  largestFrame?: number
}

/** The event that the source `sctp/<source>` publishes for a notification. */
export function sourceEvent(
  source: string,
  notification: Notification,
  { platform, largestFrame = Number.POSITIVE_INFINITY }: SourceEventOptions,
): { tag: string; data: object } {
  const mostBytes = bytesWithin(largestFrame)
  const { path, data } = notificationEvent(notification, { platform, maxBytes: mostBytes })
  return { tag: `sctp/${source}/${path}`, data }
}

/** Returns the number of bytes of a chunk or unsent message that fit into an event. */
export function bytesWithin(largestFrame: number): number {
  return Math.max(0, Math.min(MAX_BYTES, largestFrame - EVENT_OVERHEAD_BYTES))
}
