import type { CauseName } from './causes.js'
import type { constants, Platform } from './platform.js'
import type { SocketAddress } from './socket-address.js'

type Constants = typeof constants

/** The number of a constant on a platform. */
type Value<P extends Platform, Name extends string> = P extends Platform
  ? Name extends keyof Constants[P]
    ? Constants[P][Name]
    : never
  : never

interface AssocChangeFields<P extends Platform> {
  sn_type: Value<P, 'SCTP_ASSOC_CHANGE'>
  sac_flags: number
  /** As received; on Linux 6.1 in network byte order. See `sac_cause`. */
  sac_error: number
  sac_outbound_streams: number
  sac_inbound_streams: number
  sac_assoc_id: number
  /** Present if `sac_error` is not 0. */
  sac_cause?: CauseName
}

/** RFC 6458 section 6.1.1 */
export interface AssocChangeUp<P extends Platform = Platform> extends AssocChangeFields<P> {
  sac_state: Value<P, 'SCTP_COMM_UP' | 'SCTP_RESTART'>
  /** Features that the peer supports, `SCTP_ASSOC_SUPPORTS_…`. FreeBSD only. */
  sac_info?: number[]
}

/** RFC 6458 section 6.1.1 */
export interface AssocChangeDown<P extends Platform = Platform> extends AssocChangeFields<P> {
  sac_state: Value<P, 'SCTP_COMM_LOST' | 'SCTP_SHUTDOWN_COMP' | 'SCTP_CANT_STR_ASSOC'>
  /** For `parseErrorCauses`. FreeBSD: the ABORT chunk. Linux: its error causes, without the chunk header. */
  sac_info?: Uint8Array
}

export type AssocChange<P extends Platform = Platform> = AssocChangeUp<P> | AssocChangeDown<P>

/** RFC 6458 section 6.1.2 */
export interface PeerAddrChange<P extends Platform = Platform> {
  sn_type: Value<P, 'SCTP_PEER_ADDR_CHANGE'>
  spc_flags: number
  spc_aaddr: SocketAddress
  spc_state: Value<
    P,
    | 'SCTP_ADDR_AVAILABLE'
    | 'SCTP_ADDR_UNREACHABLE'
    | 'SCTP_ADDR_REMOVED'
    | 'SCTP_ADDR_ADDED'
    | 'SCTP_ADDR_MADE_PRIM'
    | 'SCTP_ADDR_CONFIRMED'
    | 'SCTP_ADDR_POTENTIALLY_FAILED'
  >
  /** Linux: the reason, `SCTP_FAILED_THRESHOLD` to `SCTP_PEER_FAULTY`. */
  spc_error: number
  spc_assoc_id: number
}

/** RFC 6458 section 6.1.3 */
export interface RemoteError<P extends Platform = Platform> {
  sn_type: Value<P, 'SCTP_REMOTE_ERROR'>
  sre_flags: number
  /** The code of the error cause. */
  sre_error: number
  sre_assoc_id: number
  /** FreeBSD: the ERROR chunk, for `parseErrorCauses`. Linux: the value of the cause, padded to 4 bytes. */
  sre_data?: Uint8Array
}

/** RFC 6458 section 5.3.2: the parameters that the application gave; `sinfo_flags` has the bits of the DATA chunk. */
export interface SndRcvInfo {
  sinfo_stream: number
  sinfo_ssn: number
  sinfo_flags: number
  sinfo_ppid: number
  sinfo_context: number
  sinfo_timetolive: number
  sinfo_tsn: number
  sinfo_cumtsn: number
  sinfo_assoc_id: number
  /** FreeBSD only. */
  sinfo_keynumber?: number
  /** FreeBSD only. */
  sinfo_keynumber_valid?: number
}

/** RFC 6458 section 6.1.4, deprecated there */
export interface SendFailed<P extends Platform = Platform> {
  sn_type: Value<P, 'SCTP_SEND_FAILED'>
  ssf_flags: number
  ssf_error: number
  ssf_info: SndRcvInfo
  ssf_assoc_id: number
  ssf_data?: Uint8Array
  /** Present if `ssf_error` is not 0. */
  ssf_cause?: CauseName
}

/** RFC 6458 section 6.1.5 */
export interface ShutdownEvent<P extends Platform = Platform> {
  sn_type: Value<P, 'SCTP_SHUTDOWN_EVENT'>
  sse_flags: number
  sse_assoc_id: number
}

/** RFC 6458 section 6.1.6 */
export interface AdaptationIndication<P extends Platform = Platform> {
  sn_type: Value<P, 'SCTP_ADAPTATION_INDICATION'>
  sai_flags: number
  sai_adaptation_ind: number
  sai_assoc_id: number
  /** Another name for `sai_assoc_id` that some documents use; not enumerable. */
  readonly sre_assoc_id?: number
}

/** RFC 6458 section 6.1.7 */
export interface PartialDeliveryEvent<P extends Platform = Platform> {
  sn_type: Value<P, 'SCTP_PARTIAL_DELIVERY_EVENT'>
  pdapi_flags: number
  pdapi_indication: number
  pdapi_stream: number
  pdapi_seq: number
  pdapi_assoc_id: number
}

/** RFC 6458 section 6.1.8 */
export interface AuthenticationEvent<P extends Platform = Platform> {
  sn_type: Value<P, 'SCTP_AUTHENTICATION_EVENT'>
  auth_flags: number
  auth_keynumber: number
  auth_indication: number
  auth_assoc_id: number
  auth_altkeynumber: number
}

/** RFC 6458 section 6.1.9 */
export interface SenderDryEvent<P extends Platform = Platform> {
  sn_type: Value<P, 'SCTP_SENDER_DRY_EVENT'>
  sender_dry_flags: number
  sender_dry_assoc_id: number
}

/** RFC 6458 section 6.1.10. FreeBSD only. */
export interface NotificationsStoppedEvent {
  sn_type: Value<'freebsd', 'SCTP_NOTIFICATIONS_STOPPED_EVENT'>
  sn_flags: number
}

/** RFC 6458 section 5.3.4; `snd_flags` has the bits of the DATA chunk. */
export interface SndInfo {
  snd_sid: number
  snd_flags: number
  snd_ppid: number
  snd_context: number
  snd_assoc_id: number
}

/** RFC 6458 section 6.1.11 */
export interface SendFailedEvent<P extends Platform = Platform> {
  sn_type: Value<P, 'SCTP_SEND_FAILED_EVENT'>
  /** `SCTP_DATA_UNSENT` or `SCTP_DATA_SENT` */
  ssfe_flags: number
  /** As received; on Linux 6.1 in network byte order. See `ssfe_cause`. */
  ssfe_error: number
  ssfe_info: SndInfo
  ssfe_assoc_id: number
  ssfe_data?: Uint8Array
  /** Present if `ssfe_error` is not 0. */
  ssfe_cause?: CauseName
}

/** RFC 6525 section 6.1.1 */
export interface StreamResetEvent<P extends Platform = Platform> {
  sn_type: Value<P, 'SCTP_STREAM_RESET_EVENT'>
  strreset_flags: number
  strreset_assoc_id: number
  /** Empty for all streams. */
  strreset_stream_list: number[]
}

/** RFC 6525 section 6.1.2 */
export interface AssocResetEvent<P extends Platform = Platform> {
  sn_type: Value<P, 'SCTP_ASSOC_RESET_EVENT'>
  assocreset_flags: number
  assocreset_assoc_id: number
  assocreset_local_tsn: number
  assocreset_remote_tsn: number
}

/** RFC 6525 section 6.1.3. On Linux the numbers of added streams, on FreeBSD the total numbers. */
export interface StreamChangeEvent<P extends Platform = Platform> {
  sn_type: Value<P, 'SCTP_STREAM_CHANGE_EVENT'>
  strchange_flags: number
  strchange_assoc_id: number
  strchange_instrms: number
  strchange_outstrms: number
}

/** Any notification; `sn_type` tells which. */
export type Notification<P extends Platform = Platform> =
  | AssocChangeUp<P>
  | AssocChangeDown<P>
  | PeerAddrChange<P>
  | RemoteError<P>
  | SendFailed<P>
  | ShutdownEvent<P>
  | AdaptationIndication<P>
  | PartialDeliveryEvent<P>
  | AuthenticationEvent<P>
  | SenderDryEvent<P>
  | SendFailedEvent<P>
  | StreamResetEvent<P>
  | AssocResetEvent<P>
  | StreamChangeEvent<P>
  | (P extends 'freebsd' ? NotificationsStoppedEvent : never)

export type NotificationName =
  | 'SCTP_ASSOC_CHANGE'
  | 'SCTP_PEER_ADDR_CHANGE'
  | 'SCTP_REMOTE_ERROR'
  | 'SCTP_SEND_FAILED'
  | 'SCTP_SHUTDOWN_EVENT'
  | 'SCTP_ADAPTATION_INDICATION'
  | 'SCTP_PARTIAL_DELIVERY_EVENT'
  | 'SCTP_AUTHENTICATION_EVENT'
  | 'SCTP_SENDER_DRY_EVENT'
  | 'SCTP_NOTIFICATIONS_STOPPED_EVENT'
  | 'SCTP_SEND_FAILED_EVENT'
  | 'SCTP_STREAM_RESET_EVENT'
  | 'SCTP_ASSOC_RESET_EVENT'
  | 'SCTP_STREAM_CHANGE_EVENT'
