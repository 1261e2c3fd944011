import { linux } from '../notifications/linux.js'
import type { NotificationName } from '../notifications/notification.js'

/** The notifications that Linux can send. */
export type LinuxEventName = Exclude<NotificationName, 'SCTP_NOTIFICATIONS_STOPPED_EVENT'>

/** All notifications except SCTP_SEND_FAILED, an older form of SCTP_SEND_FAILED_EVENT. */
export const everyEvent = [
  'SCTP_ASSOC_CHANGE',
  'SCTP_PEER_ADDR_CHANGE',
  'SCTP_REMOTE_ERROR',
  'SCTP_SEND_FAILED_EVENT',
  'SCTP_SHUTDOWN_EVENT',
  'SCTP_ADAPTATION_INDICATION',
  'SCTP_PARTIAL_DELIVERY_EVENT',
  'SCTP_AUTHENTICATION_EVENT',
  'SCTP_SENDER_DRY_EVENT',
  'SCTP_STREAM_RESET_EVENT',
  'SCTP_ASSOC_RESET_EVENT',
  'SCTP_STREAM_CHANGE_EVENT',
] as const satisfies readonly LinuxEventName[]

/**
 * struct sctp_event: switches a notification of an association on or off.
 *
 * @example
 * const { IPPROTO_SCTP, SCTP_ASSOC_CHANGE, SCTP_EVENT } = constants.linux
 * const socket = sctpSocket(AF_INET6, SOCK_SEQPACKET)
 * socket.setsockopt(IPPROTO_SCTP, SCTP_EVENT, new SctpEvent({ se_type: SCTP_ASSOC_CHANGE, se_on: 1 }))
 */
export class SctpEvent {
  readonly se_assoc_id: number
  readonly se_type: number
  readonly se_on: number

  constructor({
    se_assoc_id = 0,
    se_type = 0,
    se_on = 0,
    ...unknown
  }: Partial<Record<EventKey, number>> = {}) {
    const [name] = Object.keys(unknown)
    if (name !== undefined) throw new RangeError(`sctp_event has no field ${JSON.stringify(name)}`)
    this.se_assoc_id = inRange('se_assoc_id', se_assoc_id, -0x8000_0000, 0x7fff_ffff)
    this.se_type = inRange('se_type', se_type, 0, 0xffff)
    this.se_on = inRange('se_on', se_on, 0, 0xff)
  }
}

type EventKey = 'se_assoc_id' | 'se_type' | 'se_on'

function inRange(name: EventKey, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new TypeError(`${name} must be a whole number from ${least} to ${most}`)
}

export const SCTP_EVENT_CSIZE = 8
export const isEventOption = (level: number, option: number): boolean =>
  level === linux.IPPROTO_SCTP && option === linux.SCTP_EVENT
