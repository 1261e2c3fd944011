import { notificationEvent } from './event.js'
import type { Notification } from './notification.js'
import type { Platform } from './platform.js'

/** Name of a source `sctp/<name>`: one segment of its tags. */
export const SOURCE_NAME = /^[A-Za-z0-9._-]{1,64}$/
export const SOURCE_NAME_RULE = '1 to 64 letters, digits, dots, dashes and underscores'

const MOST_BYTES = 64 * 1024
/** Of an event, beside the bytes in it. */
export const EVENT_ROOM = 4096

export interface SourceEventOptions {
  platform: Platform
  /** Of the hub; default: one that takes any notification. */
  largestFrame?: number
}

/** The event of a source `sctp/<source>`, wherever its notification comes from. */
export function sourceEvent(
  source: string,
  notification: Notification,
  { platform, largestFrame = Number.POSITIVE_INFINITY }: SourceEventOptions,
): { tag: string; data: object } {
  const mostBytes = bytesWithin(largestFrame)
  const { path, data } = notificationEvent(notification, { platform, mostBytes })
  return { tag: `sctp/${source}/${path}`, data }
}

/** How much of a chunk or of a message that was not sent an event may have. */
export function bytesWithin(largestFrame: number): number {
  return Math.max(0, Math.min(MOST_BYTES, largestFrame - EVENT_ROOM))
}
