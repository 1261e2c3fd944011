import { bitOf } from '../constants/mask.js'
import { constantNumbers } from './constant-numbers.js'
import { eventOf, type NcsEvent } from './event.js'
import { kindOf } from './kinds.js'
import type { NcsNotification } from './notification.js'

/** The event of a notification, with what its publisher says about it. */
export interface NcsPublication extends NcsEvent {
  readonly attributes: Record<string, number | boolean>
  /** Name of the gate at which the event waits for its subscribers; absent if its type does not wait. */
  readonly gate?: string
}

/** Checks a notification and returns how it is published. Throws TCN_NCS_NOTIFICATION. */
export function publicationOf(notification: NcsNotification, verbosity = 0): NcsPublication {
  const event = eventOf(notification)
  const gate = kindOf(notification.type)?.gate?.name
  const attributes = {
    ...(gate !== undefined && { ncsgate: true }),
    ...(verbosity > 0 && { ncsverbosity: verbosity }),
  }
  return { ...event, attributes, ...(gate !== undefined && { gate }) }
}

/**
 * Reads a notification from outside, as `tocsin ncs watch --format json` prints it: its type and constants may be written
 * by their names. It is not checked yet.
 */
export function namedNotification(given: Record<string, unknown>): NcsNotification {
  const { type, name: _, time: __, ...payload } = given
  const bits = typeof type === 'string' ? (bitOf(type) ?? type) : type
  return { type: bits, ...constantNumbers(payload) } as NcsNotification
}
