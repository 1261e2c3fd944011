import type { NotificationName } from './notification.js'
import { type FieldParser, type FieldProfile, fieldParsers } from './parse-fields.js'
import { constants, type Platform } from './platform.js'

/** The notifications of a platform: their numbers, their lengths, and what their fields depend on. */
export interface Profile extends FieldProfile {
  /** Indexed by `sn_type - firstType`. */
  readonly types: readonly (NotificationType | undefined)[]
  readonly firstType: number
}

export interface NotificationType {
  readonly name: NotificationName
  readonly parse: FieldParser
  readonly minBytes: number
  readonly maxBytes: number
  /** The length exceeds the minimum by a multiple of this. */
  readonly stepBytes: number
}

export const HEADER_BYTES = 8

const onBoth = [
  atLeast('SCTP_ASSOC_CHANGE', 20),
  atLeast('SCTP_REMOTE_ERROR', 16),
  exactly('SCTP_SHUTDOWN_EVENT', 12),
  exactly('SCTP_ADAPTATION_INDICATION', 16),
  exactly('SCTP_AUTHENTICATION_EVENT', 20),
  exactly('SCTP_SENDER_DRY_EVENT', 12),
  atLeast('SCTP_SEND_FAILED_EVENT', 32),
  // Stream numbers have two bytes.
  atLeast('SCTP_STREAM_RESET_EVENT', 12, 2),
  exactly('SCTP_ASSOC_RESET_EVENT', 20),
  exactly('SCTP_STREAM_CHANGE_EVENT', 16),
]

export const profiles: Readonly<Record<Platform, Profile>> = {
  linux: {
    platform: 'linux',
    firstType: constants.linux.SCTP_ASSOC_CHANGE,
    types: byNumber(constants.linux, [
      ...onBoth,
      exactly('SCTP_PEER_ADDR_CHANGE', 148),
      atLeast('SCTP_SEND_FAILED', 48),
      exactly('SCTP_PARTIAL_DELIVERY_EVENT', 24),
    ]),
    firstAssocState: constants.linux.SCTP_COMM_UP,
    assocStates: 5,
    firstAddressState: constants.linux.SCTP_ADDR_AVAILABLE,
    sndRcvInfoBytes: 32,
  },
  freebsd: {
    platform: 'freebsd',
    firstType: constants.freebsd.SCTP_ASSOC_CHANGE,
    types: byNumber(constants.freebsd, [
      ...onBoth,
      // 4 bytes of padding at the end: sockaddr_storage is aligned to 8.
      exactly('SCTP_PEER_ADDR_CHANGE', 152),
      atLeast('SCTP_SEND_FAILED', 144),
      // The stack sends 20 bytes; RFC 6458 and usrsctp.h describe 24.
      atLeast('SCTP_PARTIAL_DELIVERY_EVENT', 20, 4, 24),
      exactly('SCTP_NOTIFICATIONS_STOPPED_EVENT', 8),
    ]),
    firstAssocState: constants.freebsd.SCTP_COMM_UP,
    assocStates: 5,
    firstAddressState: constants.freebsd.SCTP_ADDR_AVAILABLE,
    sndRcvInfoBytes: 128,
  },
}

function exactly(name: NotificationName, bytes: number): NotificationType {
  return { name, parse: fieldParsers[name], minBytes: bytes, maxBytes: bytes, stepBytes: 1 }
}

function atLeast(name: NotificationName, least: number, unit = 1, most = 0xffff_ffff): NotificationType {
  return { name, parse: fieldParsers[name], minBytes: least, maxBytes: most, stepBytes: unit }
}

function byNumber(
  numbers: Readonly<Record<string, number>>,
  types: NotificationType[],
): (NotificationType | undefined)[] {
  const all: (NotificationType | undefined)[] = Array(14).fill(undefined)
  for (const type of types) all[numbers[type.name] - numbers.SCTP_ASSOC_CHANGE] = type
  return all
}
