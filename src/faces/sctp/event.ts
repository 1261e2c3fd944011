import { type ErrorCause, parseErrorCauses } from './causes.js'
import { SctpNotificationError } from './error.js'
import { notificationName, valueName } from './names.js'
import type { Notification } from './notification.js'
import { type Platform, platformOf } from './platform.js'

/** What an event says beside the keys of its notification. */
export interface SctpEventFacts {
  /** 0 where the notification is of no association. */
  association: number
  platform: Platform
  /** Of the values that have names: `{ sn_type: 'SCTP_ASSOC_CHANGE', sac_state: 'SCTP_COMM_UP' }`. */
  names: Record<string, string>
  /** What `sac_info` says of an abort. */
  causes?: ErrorCause[]
  /** Bytes of the whole list, of which only the beginning is here. */
  cut?: number
}

export type SctpEventData<N = Notification> = N & SctpEventFacts

export interface NotificationEvent<P extends Platform = Platform> {
  /** `<association>/<type>`, for a tag `sctp/<source>/<association>/<type>`. */
  path: string
  data: SctpEventData<Notification<P>>
}

export interface NotificationEventOptions<P extends Platform = Platform> {
  /** Whose notification it is; default the host's. */
  platform?: P
  /** More bytes of a chunk or of a message that was not sent are cut off. Default 64 KiB. */
  mostBytes?: number
}

const MOST_BYTES = 64 * 1024

/** The event that tells of a notification. */
export function notificationEvent<P extends Platform = Platform>(
  notification: Notification<P>,
  options: NotificationEventOptions<P> = {},
): NotificationEvent<P> {
  const { mostBytes = MOST_BYTES } = options
  const platform = platformOf(options)
  const association = associationOf(notification)
  const names = namesOf(notification, platform)
  const { sac_info } = notification as { sac_info?: unknown }
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
    data: data as SctpEventData<Notification<P>>,
  }
}

function cutTail(notification: object, most: number): Record<string, unknown> | undefined {
  const long = Object.entries(notification).find(
    ([, value]) => value instanceof Uint8Array && value.length > most,
  )
  return long && { [long[0]]: long[1].subarray(0, most), cut: long[1].length }
}

/** `SCTP_ASSOC_CHANGE` is the last segment `assoc_change` and the type `sctp.assoc_change`. */
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

/** The notification itself is sound; what the peer put into its chunk need not be. */
function causesOf(info: Uint8Array): ErrorCause[] | undefined {
  try {
    return parseErrorCauses(info)
  } catch (error) {
    if (error instanceof SctpNotificationError) return undefined
    throw error
  }
}
