import { TocsinError } from '../../../errors/tocsin-error.js'
import type { SubscriptionOptions } from '../../../protocols/ncs/client/arguments.js'
import { NotificationsData } from '../../../protocols/ncs/client/notifications-data.js'
import {
  NOTIF_COMMIT_PROGRESS,
  NOTIF_HEALTH_CHECK,
  NOTIF_HEARTBEAT,
  NOTIF_PROGRESS,
  NOTIF_STREAM_EVENT,
} from '../../../protocols/ncs/constants/events.js'
import { kinds } from '../../../protocols/ncs/notifications/kinds.js'
import { LOGGED, USUAL } from './mask-argument.js'
import { type Verbosity, verbosities } from './option-values.js'

/** Recommended by the vendor, ms. */
const USUAL_INTERVAL = 10_000

export interface NotificationOptions {
  mask?: number
  /** ms */
  heartbeat?: number
  /** ms */
  health?: number
  stream?: string
  /** RFC 3339 */
  start?: string
  /** RFC 3339 */
  stop?: string
  xpath?: string
  usid?: number
  verbosity?: Verbosity
  /** True if publishers wait for the answers of this command. */
  sync?: boolean
  lag?: SubscriptionOptions['lag']
}

export interface NotificationRequest {
  readonly mask: number
  readonly data: NotificationsData
  readonly lag?: SubscriptionOptions['lag']
}

/**
 * Returns the request that the options ask for. Throws TCN_USAGE or TCN_NCS_ARGUMENT for those that do not fit
 * together.
 */
export function requestOf(options: NotificationOptions): NotificationRequest {
  const mask = maskOf(options)
  checkFit(mask, options)
  const { heartbeat, health, stream, start, stop, xpath, usid, verbosity, lag } = options
  const data = new NotificationsData({
    heartbeat_interval: (mask & NOTIF_HEARTBEAT) === 0 ? undefined : (heartbeat ?? USUAL_INTERVAL),
    health_check_interval: (mask & NOTIF_HEALTH_CHECK) === 0 ? undefined : (health ?? USUAL_INTERVAL),
    stream_name: stream,
    start_time: start,
    stop_time: stop,
    xpath_filter: xpath,
    usid,
    verbosity: verbosity === undefined ? undefined : verbosities.indexOf(verbosity),
  })
  return { mask, data, lag }
}

/** An option for one type asks for this type too. */
function maskOf({ mask, heartbeat, health, stream, sync }: NotificationOptions): number {
  const usual = stream !== undefined ? 0 : sync ? LOGGED : USUAL
  const asked =
    (mask ?? usual) |
    (heartbeat === undefined ? 0 : NOTIF_HEARTBEAT) |
    (health === undefined ? 0 : NOTIF_HEALTH_CHECK) |
    (stream === undefined ? 0 : NOTIF_STREAM_EVENT)
  return (sync ? asked | modifiersOf(asked) : asked) >>> 0
}

/** The bits with which publishers of these types wait. */
function modifiersOf(mask: number): number {
  const asked = kinds.filter(({ type }) => (mask & type) !== 0)
  return asked.reduce((bits, { gate }) => bits | (gate?.modifier ?? 0), 0)
}

function checkFit(mask: number, options: NotificationOptions): void {
  const { stream, start, stop, xpath, usid, verbosity, sync } = options
  if ((mask & NOTIF_STREAM_EVENT) !== 0 && stream === undefined)
    throw usage('STREAM_EVENT needs the name of a stream: --stream <name>')
  if (stream === undefined && [start, stop, xpath, usid].some((given) => given !== undefined))
    throw usage('--start, --stop, --xpath and --usid are for --stream')
  if (stop !== undefined && start === undefined) throw usage('--stop needs --start')
  if (verbosity !== undefined && (mask & (NOTIF_PROGRESS | NOTIF_COMMIT_PROGRESS)) === 0)
    throw usage('--verbosity is for PROGRESS and COMMIT_PROGRESS')
  if (sync && modifiersOf(mask) === 0)
    throw usage('--sync is for AUDIT, AUDIT_NETWORK, HA_INFO and COMMIT_DIFF')
}

function usage(message: string): TocsinError {
  return new TocsinError('TCN_USAGE', message)
}
