import { type CauseName, causeName, causeOfLinux, copy } from './causes.js'
import { SctpNotificationError } from './error.js'
import type { PlaceFacts } from './layouts.js'
import type {
  AdaptationIndication,
  AssocChange,
  AssocResetEvent,
  AuthenticationEvent,
  Notification,
  NotificationName,
  NotificationsStoppedEvent,
  PartialDeliveryEvent,
  PeerAddrChange,
  RemoteError,
  SenderDryEvent,
  SendFailed,
  SendFailedEvent,
  ShutdownEvent,
  SndRcvInfo,
  StreamChangeEvent,
  StreamResetEvent,
} from './notification.js'
import { readSocketAddress } from './socket-address.js'

/** The numbers and sizes of a platform that the fields of its notifications depend on. */
export interface FieldProfile extends PlaceFacts {
  readonly firstAssocState: number
  readonly assocStates: number
  readonly firstAddressState: number
}

/** The receive buffer, and how to read it. */
export interface ParseInput {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly little: boolean
  readonly profile: FieldProfile
}

/** Parses the notification at `at`. Its length has been checked against the profile. */
export type FieldParser = (source: ParseInput, at: number, length: number) => Notification

export const fieldParsers: Readonly<Record<NotificationName, FieldParser>> = {
  SCTP_ASSOC_CHANGE: readAssocChange,
  SCTP_PEER_ADDR_CHANGE: readPeerAddrChange,
  SCTP_REMOTE_ERROR: readRemoteError,
  SCTP_SEND_FAILED: readSendFailed,
  SCTP_SHUTDOWN_EVENT: readShutdown,
  SCTP_ADAPTATION_INDICATION: readAdaptation,
  SCTP_PARTIAL_DELIVERY_EVENT: readPartialDelivery,
  SCTP_AUTHENTICATION_EVENT: readAuthentication,
  SCTP_SENDER_DRY_EVENT: readSenderDry,
  SCTP_NOTIFICATIONS_STOPPED_EVENT: readNotificationsStopped,
  SCTP_SEND_FAILED_EVENT: readSendFailedEvent,
  SCTP_STREAM_RESET_EVENT: readStreamReset,
  SCTP_ASSOC_RESET_EVENT: readAssocReset,
  SCTP_STREAM_CHANGE_EVENT: readStreamChange,
}

/** The type of the notification, by which its reader was chosen. */
function typeAt<Type extends number>({ view, little }: ParseInput, at: number): Type {
  return view.getUint16(at, little) as Type
}

function readAssocChange(source: ParseInput, at: number, length: number): AssocChange {
  const { view, little, profile } = source
  const state = view.getUint16(at + 8, little)
  const kind = state - profile.firstAssocState
  if (kind < 0 || kind >= profile.assocStates) throw unknownState(source, 'sac_state', state, at, 8)
  const error = view.getUint16(at + 10, little)
  const change: AssocChange = {
    sn_type: typeAt(source, at),
    sac_flags: view.getUint16(at + 2, little),
    sac_state: state as never,
    sac_error: error,
    sac_outbound_streams: view.getUint16(at + 12, little),
    sac_inbound_streams: view.getUint16(at + 14, little),
    sac_assoc_id: readAssocId(source, at + 16),
  }
  if (length > 20) {
    const info = copy(source.bytes, at + 20, at + length)
    const up = kind === COMM_UP || kind === RESTART
    change.sac_info = (up ? Array.from(info) : info) as never
  }
  if (error !== 0) change.sac_cause = causeOf(source, error)
  return change
}

const COMM_UP = 0
const RESTART = 2

function readPeerAddrChange(source: ParseInput, at: number): PeerAddrChange {
  const { view, little, profile } = source
  const state = view.getUint32(at + 136, little)
  // A state that a newer kernel adds changes nothing else in the notification.
  if (state < profile.firstAddressState) throw unknownState(source, 'spc_state', state, at, 136)
  return {
    sn_type: typeAt(source, at),
    spc_flags: view.getUint16(at + 2, little),
    spc_aaddr: readSocketAddress(view, at + 8, profile.platform, little),
    spc_state: state as never,
    spc_error: view.getUint32(at + 140, little),
    spc_assoc_id: readAssocId(source, at + 144),
  }
}

function readRemoteError(source: ParseInput, at: number, length: number): RemoteError {
  const { view, little, profile } = source
  const error: RemoteError = {
    sn_type: typeAt(source, at),
    sre_flags: view.getUint16(at + 2, little),
    // Linux passes it on in network byte order, as it was on the wire.
    sre_error: view.getUint16(at + 8, profile.platform === 'linux' ? false : little),
    sre_assoc_id: readAssocId(source, at + 12),
  }
  if (length > 16) error.sre_data = copy(source.bytes, at + 16, at + length)
  return error
}

function readSendFailed(source: ParseInput, at: number, length: number): SendFailed {
  const { view, little, profile } = source
  const idAt = 12 + profile.sndRcvInfoBytes
  const error = view.getUint32(at + 8, little)
  const failed: SendFailed = {
    sn_type: typeAt(source, at),
    ssf_flags: view.getUint16(at + 2, little),
    ssf_error: error,
    ssf_info: readSndRcvInfo(source, at + 12),
    ssf_assoc_id: readAssocId(source, at + idAt),
  }
  if (length > idAt + 4) failed.ssf_data = copy(source.bytes, at + idAt + 4, at + length)
  if (error !== 0) failed.ssf_cause = causeOf(source, error)
  return failed
}

function readSndRcvInfo(source: ParseInput, at: number): SndRcvInfo {
  const { view, little, profile } = source
  const info: SndRcvInfo = {
    sinfo_stream: view.getUint16(at, little),
    sinfo_ssn: view.getUint16(at + 2, little),
    sinfo_flags: view.getUint16(at + 4, little),
    sinfo_ppid: view.getUint32(at + 8, little),
    sinfo_context: view.getUint32(at + 12, little),
    sinfo_timetolive: view.getUint32(at + 16, little),
    sinfo_tsn: view.getUint32(at + 20, little),
    sinfo_cumtsn: view.getUint32(at + 24, little),
    sinfo_assoc_id: readAssocId(source, at + 28),
  }
  if (profile.platform === 'freebsd') {
    info.sinfo_keynumber = view.getUint16(at + 32, little)
    info.sinfo_keynumber_valid = view.getUint16(at + 34, little)
  }
  return info
}

function readShutdown(source: ParseInput, at: number): ShutdownEvent {
  return {
    sn_type: typeAt(source, at),
    sse_flags: source.view.getUint16(at + 2, source.little),
    sse_assoc_id: readAssocId(source, at + 8),
  }
}

function readAdaptation(source: ParseInput, at: number): AdaptationIndication {
  const indication: AdaptationIndication = {
    sn_type: typeAt(source, at),
    sai_flags: source.view.getUint16(at + 2, source.little),
    sai_adaptation_ind: source.view.getUint32(at + 8, source.little),
    sai_assoc_id: readAssocId(source, at + 12),
  }
  return Object.defineProperty(indication, 'sre_assoc_id', otherName)
}

const otherName = {
  get(this: AdaptationIndication) {
    return this.sai_assoc_id
  },
}

function readPartialDelivery(source: ParseInput, at: number, length: number): PartialDeliveryEvent {
  const { view, little, profile } = source
  const linux = profile.platform === 'linux'
  const short = length === 20
  const streamAt = at + (linux ? 16 : 12)
  return {
    sn_type: typeAt(source, at),
    pdapi_flags: view.getUint16(at + 2, little),
    pdapi_indication: view.getUint32(at + 8, little),
    pdapi_stream: short ? view.getUint16(streamAt, little) : view.getUint32(streamAt, little),
    pdapi_seq: short ? view.getUint16(streamAt + 2, little) : view.getUint32(streamAt + 4, little),
    pdapi_assoc_id: readAssocId(source, at + (linux ? 12 : length - 4)),
  }
}

function readAuthentication(source: ParseInput, at: number): AuthenticationEvent {
  const { view, little } = source
  return {
    sn_type: typeAt(source, at),
    auth_flags: view.getUint16(at + 2, little),
    auth_keynumber: view.getUint16(at + 8, little),
    auth_indication: view.getUint32(at + 12, little),
    auth_assoc_id: readAssocId(source, at + 16),
    auth_altkeynumber: view.getUint16(at + 10, little),
  }
}

function readSenderDry(source: ParseInput, at: number): SenderDryEvent {
  return {
    sn_type: typeAt(source, at),
    sender_dry_flags: source.view.getUint16(at + 2, source.little),
    sender_dry_assoc_id: readAssocId(source, at + 8),
  }
}

function readNotificationsStopped(source: ParseInput, at: number): NotificationsStoppedEvent {
  const { view, little } = source
  return {
    sn_type: typeAt(source, at),
    sn_flags: view.getUint16(at + 2, little),
  }
}

function readSendFailedEvent(source: ParseInput, at: number, length: number): SendFailedEvent {
  const { view, little } = source
  const error = view.getUint32(at + 8, little)
  const failed: SendFailedEvent = {
    sn_type: typeAt(source, at),
    ssfe_flags: view.getUint16(at + 2, little),
    ssfe_error: error,
    ssfe_info: {
      snd_sid: view.getUint16(at + 12, little),
      snd_flags: view.getUint16(at + 14, little),
      snd_ppid: view.getUint32(at + 16, little),
      snd_context: view.getUint32(at + 20, little),
      snd_assoc_id: readAssocId(source, at + 24),
    },
    ssfe_assoc_id: readAssocId(source, at + 28),
  }
  if (length > 32) failed.ssfe_data = copy(source.bytes, at + 32, at + length)
  if (error !== 0) failed.ssfe_cause = causeOf(source, error)
  return failed
}

function readStreamReset(source: ParseInput, at: number, length: number): StreamResetEvent {
  const { view, little } = source
  return {
    sn_type: typeAt(source, at),
    strreset_flags: view.getUint16(at + 2, little),
    strreset_assoc_id: readAssocId(source, at + 8),
    strreset_stream_list: Array.from({ length: (length - 12) / 2 }, (_, i) =>
      view.getUint16(at + 12 + 2 * i, little),
    ),
  }
}

function readAssocReset(source: ParseInput, at: number): AssocResetEvent {
  const { view, little } = source
  return {
    sn_type: typeAt(source, at),
    assocreset_flags: view.getUint16(at + 2, little),
    assocreset_assoc_id: readAssocId(source, at + 8),
    assocreset_local_tsn: view.getUint32(at + 12, little),
    assocreset_remote_tsn: view.getUint32(at + 16, little),
  }
}

function readStreamChange(source: ParseInput, at: number): StreamChangeEvent {
  const { view, little } = source
  return {
    sn_type: typeAt(source, at),
    strchange_flags: view.getUint16(at + 2, little),
    strchange_assoc_id: readAssocId(source, at + 8),
    strchange_instrms: view.getUint16(at + 12, little),
    strchange_outstrms: view.getUint16(at + 14, little),
  }
}

/** sctp_assoc_t is signed on Linux, unsigned on FreeBSD. */
function readAssocId({ view, little, profile }: ParseInput, at: number): number {
  return profile.platform === 'linux' ? view.getInt32(at, little) : view.getUint32(at, little)
}

function causeOf({ profile, little }: ParseInput, error: number): CauseName {
  return profile.platform === 'linux' ? causeOfLinux(error, little) : causeName(error)
}

function unknownState({ view, little }: ParseInput, key: string, state: number, at: number, offset: number) {
  return new SctpNotificationError('TCN_SCTP_STATE', `${key} ${state} is not a known state`, {
    type: view.getUint16(at, little),
    length: view.getUint32(at + 4, little),
    offset: at + offset,
  })
}
