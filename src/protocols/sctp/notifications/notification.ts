import type { CauseName } from './causes.js'
import type { FieldEntry, sndInfo, sndRcvInfo, structs } from './layouts.js'
import type { constants, Platform } from './platform.js'
import type { SocketAddress } from './socket-address.js'

type Constants = typeof constants

/** The number of a constant on a platform. */
type Value<P extends Platform, Name extends string> = P extends Platform
  ? Name extends keyof Constants[P]
    ? Constants[P][Name]
    : never
  : never

export type NotificationName = keyof typeof structs

type KindValue<Kind> = Kind extends 'address'
  ? SocketAddress
  : Kind extends 'bytes'
    ? Uint8Array
    : Kind extends 'bytesOrU8s'
      ? Uint8Array | number[]
      : Kind extends 'u16s'
        ? number[]
        : Kind extends object
          ? StructValues<Kind>
          : number

/** Bytes after a struct may be absent, and so is a field that only one platform has. */
type IsOptional<E> = E extends FieldEntry<'bytes' | 'bytesOrU8s', undefined> | FieldEntry<unknown, Platform>
  ? true
  : false

type EntryValue<E> = E extends FieldEntry<infer K, unknown> ? KindValue<K> : never

/** The keys of a struct of the tables, with the types of their values. */
type StructValues<Struct> = {
  [Key in keyof Struct as IsOptional<Struct[Key]> extends true ? never : Key]: EntryValue<Struct[Key]>
} & {
  [Key in keyof Struct as IsOptional<Struct[Key]> extends true ? Key : never]?: EntryValue<Struct[Key]>
}

/** The keys of a notification but for those that the tables do not have. */
type Notice<P extends Platform, Name extends NotificationName> = StructValues<(typeof structs)[Name]> & {
  sn_type: Value<P, Name>
}

/** RFC 6458 section 6.1.1 */
export interface AssocChangeUp<P extends Platform = Platform> extends Notice<P, 'SCTP_ASSOC_CHANGE'> {
  sac_state: Value<P, 'SCTP_COMM_UP' | 'SCTP_RESTART'>
  /** Features that the peer supports, `SCTP_ASSOC_SUPPORTS_…`. FreeBSD only. */
  sac_info?: number[]
  /** Present if `sac_error` is not 0. */
  sac_cause?: CauseName
}

/** RFC 6458 section 6.1.1 */
export interface AssocChangeDown<P extends Platform = Platform> extends Notice<P, 'SCTP_ASSOC_CHANGE'> {
  sac_state: Value<P, 'SCTP_COMM_LOST' | 'SCTP_SHUTDOWN_COMP' | 'SCTP_CANT_STR_ASSOC'>
  /** For `parseErrorCauses`. FreeBSD: the ABORT chunk. Linux: its error causes, without the chunk header. */
  sac_info?: Uint8Array
  /** Present if `sac_error` is not 0. */
  sac_cause?: CauseName
}

export type AssocChange<P extends Platform = Platform> = AssocChangeUp<P> | AssocChangeDown<P>

/** RFC 6458 section 6.1.2 */
export interface PeerAddrChange<P extends Platform = Platform> extends Notice<P, 'SCTP_PEER_ADDR_CHANGE'> {
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
}

/** RFC 6458 section 6.1.3 */
export interface RemoteError<P extends Platform = Platform> extends Notice<P, 'SCTP_REMOTE_ERROR'> {}

/** RFC 6458 section 5.3.2: the parameters that the application gave; `sinfo_flags` has the bits of the DATA chunk. */
export interface SndRcvInfo extends StructValues<typeof sndRcvInfo> {}

/** RFC 6458 section 6.1.4, deprecated there */
export interface SendFailed<P extends Platform = Platform> extends Notice<P, 'SCTP_SEND_FAILED'> {
  ssf_info: SndRcvInfo
  /** Present if `ssf_error` is not 0. */
  ssf_cause?: CauseName
}

/** RFC 6458 section 6.1.5 */
export interface ShutdownEvent<P extends Platform = Platform> extends Notice<P, 'SCTP_SHUTDOWN_EVENT'> {}

/** RFC 6458 section 6.1.6 */
export interface AdaptationIndication<P extends Platform = Platform>
  extends Notice<P, 'SCTP_ADAPTATION_INDICATION'> {
  /** Another name for `sai_assoc_id` that some documents use; not enumerable. */
  readonly sre_assoc_id?: number
}

/** RFC 6458 section 6.1.7 */
export interface PartialDeliveryEvent<P extends Platform = Platform>
  extends Notice<P, 'SCTP_PARTIAL_DELIVERY_EVENT'> {}

/** RFC 6458 section 6.1.8 */
export interface AuthenticationEvent<P extends Platform = Platform>
  extends Notice<P, 'SCTP_AUTHENTICATION_EVENT'> {}

/** RFC 6458 section 6.1.9 */
export interface SenderDryEvent<P extends Platform = Platform> extends Notice<P, 'SCTP_SENDER_DRY_EVENT'> {}

/** RFC 6458 section 6.1.10. FreeBSD only. */
export interface NotificationsStoppedEvent extends Notice<'freebsd', 'SCTP_NOTIFICATIONS_STOPPED_EVENT'> {}

/** RFC 6458 section 5.3.4; `snd_flags` has the bits of the DATA chunk. */
export interface SndInfo extends StructValues<typeof sndInfo> {}

/** RFC 6458 section 6.1.11 */
export interface SendFailedEvent<P extends Platform = Platform> extends Notice<P, 'SCTP_SEND_FAILED_EVENT'> {
  ssfe_info: SndInfo
  /** Present if `ssfe_error` is not 0. */
  ssfe_cause?: CauseName
}

/** RFC 6525 section 6.1.1 */
export interface StreamResetEvent<P extends Platform = Platform>
  extends Notice<P, 'SCTP_STREAM_RESET_EVENT'> {}

/** RFC 6525 section 6.1.2 */
export interface AssocResetEvent<P extends Platform = Platform> extends Notice<P, 'SCTP_ASSOC_RESET_EVENT'> {}

/** RFC 6525 section 6.1.3. On Linux the numbers of added streams, on FreeBSD the total numbers. */
export interface StreamChangeEvent<P extends Platform = Platform>
  extends Notice<P, 'SCTP_STREAM_CHANGE_EVENT'> {}

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
