import type { NotificationName } from './notification.js'
import { type ByteFormat, constants, platformOf } from './platform.js'
import { profiles } from './profile.js'

/**
 * The name of a notification, such as `SCTP_ASSOC_CHANGE`; undefined for a type that the platform does not have.
 *
 * @example
 * notificationName(constants.linux.SCTP_ASSOC_CHANGE, { platform: 'linux' }) // 'SCTP_ASSOC_CHANGE'
 */
export function notificationName(snType: number, format: ByteFormat = {}): NotificationName | undefined {
  const { types, firstType } = profiles[platformOf(format)]
  return types[snType - firstType]?.name
}

/** Keys whose values are constants, with the names of these. */
export const namedFields: Readonly<Record<string, readonly string[]>> = {
  sac_state: ['SCTP_COMM_UP', 'SCTP_COMM_LOST', 'SCTP_RESTART', 'SCTP_SHUTDOWN_COMP', 'SCTP_CANT_STR_ASSOC'],
  spc_state: [
    'SCTP_ADDR_AVAILABLE',
    'SCTP_ADDR_UNREACHABLE',
    'SCTP_ADDR_REMOVED',
    'SCTP_ADDR_ADDED',
    'SCTP_ADDR_MADE_PRIM',
    'SCTP_ADDR_CONFIRMED',
    'SCTP_ADDR_POTENTIALLY_FAILED',
  ],
  // Linux only.
  spc_error: [
    'SCTP_FAILED_THRESHOLD',
    'SCTP_RECEIVED_SACK',
    'SCTP_HEARTBEAT_SUCCESS',
    'SCTP_RESPONSE_TO_USER_REQ',
    'SCTP_INTERNAL_ERROR',
    'SCTP_SHUTDOWN_GUARD_EXPIRES',
    'SCTP_PEER_FAULTY',
  ],
  pdapi_indication: ['SCTP_PARTIAL_DELIVERY_ABORTED'],
  auth_indication: ['SCTP_AUTH_NEW_KEY', 'SCTP_AUTH_NO_AUTH', 'SCTP_AUTH_FREE_KEY'],
  ssf_flags: ['SCTP_DATA_UNSENT', 'SCTP_DATA_SENT'],
  ssfe_flags: ['SCTP_DATA_UNSENT', 'SCTP_DATA_SENT'],
}

/**
 * The name of the constant in a field, such as `SCTP_COMM_UP` for `sac_state`; undefined if there is none.
 *
 * @example
 * valueName('sac_state', constants.linux.SCTP_COMM_UP, { platform: 'linux' }) // 'SCTP_COMM_UP'
 */
export function valueName(key: string, value: number, format: ByteFormat = {}): string | undefined {
  const numbers: Readonly<Record<string, number>> = constants[platformOf(format)]
  return namedFields[key]?.find((name) => numbers[name] === value)
}
