import type { Platform } from './platform.js'

/** The facts about a platform that the place of a field depends on. */
export interface PlaceFacts {
  readonly platform: Platform
  /** sizeof (struct sctp_sndrcvinfo) */
  readonly sndRcvInfoBytes: number
}

/**
 * u16 and u32 are in host byte order, wireU16 is in network byte order on Linux, id is an sctp_assoc_t, a state must be
 * one of the platform's, and a streamNumber has two bytes in the shorter of the two forms of its struct.
 */
type NumericKind = 'u16' | 'u32' | 'wireU16' | 'id' | 'assocState' | 'addressState' | 'streamNumber'

/** The data after a struct: bytes, bytes or small numbers, or the stream numbers of a reset. */
type EndKind = 'bytes' | 'bytesOrU8s' | 'u16s'

type Struct = { readonly [key: string]: FieldEntry }

/** A field of a struct, as the tables state it. */
export interface FieldEntry<K = NumericKind | EndKind | 'address' | Struct, Only = Platform | undefined> {
  readonly kind: K
  readonly offset: number | ((facts: PlaceFacts, length: number) => number)
  /** The platform that alone has this field. */
  readonly only: Only
  /** Other parsers leave out this key. If it is missing, 0 is encoded. */
  readonly optional: boolean
}

/** 5.3.4 of RFC 6458 */
export const sndInfo = {
  snd_sid: u16(0),
  snd_flags: u16(2),
  snd_ppid: u32(4),
  snd_context: u32(8),
  snd_assoc_id: id(12),
}

/** 5.3.2 of RFC 6458 */
export const sndRcvInfo = {
  sinfo_stream: u16(0),
  sinfo_ssn: u16(2),
  sinfo_flags: u16(4),
  sinfo_ppid: u32(8),
  sinfo_context: u32(12),
  sinfo_timetolive: u32(16),
  sinfo_tsn: u32(20),
  sinfo_cumtsn: u32(24),
  sinfo_assoc_id: id(28),
  /** FreeBSD only. */
  sinfo_keynumber: onFreebsd(32),
  /** FreeBSD only. */
  sinfo_keynumber_valid: onFreebsd(34),
}

/** The fields of each notification, in the order of the keys of the parsed object. */
export const structs = {
  SCTP_ASSOC_CHANGE: {
    sac_flags: u16(2),
    sac_state: entry('assocState', 8),
    /** As received; on Linux 6.1 in network byte order. See `sac_cause`. */
    sac_error: u16(10),
    sac_outbound_streams: u16(12),
    sac_inbound_streams: u16(14),
    sac_assoc_id: id(16),
    sac_info: entry('bytesOrU8s', 20),
  },
  SCTP_PEER_ADDR_CHANGE: {
    spc_flags: u16(2),
    spc_aaddr: entry('address', 8),
    spc_state: entry('addressState', 136),
    /** Linux: the reason, `SCTP_FAILED_THRESHOLD` to `SCTP_PEER_FAULTY`. */
    spc_error: u32(140),
    spc_assoc_id: id(144),
  },
  SCTP_REMOTE_ERROR: {
    sre_flags: u16(2),
    /** The code of the error cause. */
    sre_error: entry('wireU16', 8),
    sre_assoc_id: id(12),
    /** FreeBSD: the ERROR chunk, for `parseErrorCauses`. Linux: the value of the cause, padded to 4 bytes. */
    sre_data: entry('bytes', 16),
  },
  SCTP_SEND_FAILED: {
    ssf_flags: u16(2),
    ssf_error: u32(8),
    ssf_info: entry(sndRcvInfo, 12),
    ssf_assoc_id: entry('id', ({ sndRcvInfoBytes }) => 12 + sndRcvInfoBytes),
    ssf_data: entry('bytes', ({ sndRcvInfoBytes }) => 16 + sndRcvInfoBytes),
  },
  SCTP_SHUTDOWN_EVENT: { sse_flags: u16(2), sse_assoc_id: id(8) },
  SCTP_ADAPTATION_INDICATION: { sai_flags: u16(2), sai_adaptation_ind: u32(8), sai_assoc_id: id(12) },
  SCTP_PARTIAL_DELIVERY_EVENT: {
    pdapi_flags: u16(2),
    pdapi_indication: u32(8),
    pdapi_stream: entry('streamNumber', ({ platform }) => (platform === 'linux' ? 16 : 12)),
    pdapi_seq: entry('streamNumber', ({ platform }, length) =>
      platform === 'linux' ? 20 : isShort(length) ? 14 : 16,
    ),
    pdapi_assoc_id: entry('id', ({ platform }, length) => (platform === 'linux' ? 12 : length - 4)),
  },
  SCTP_AUTHENTICATION_EVENT: {
    auth_flags: u16(2),
    auth_keynumber: u16(8),
    auth_indication: u32(12),
    auth_assoc_id: id(16),
    auth_altkeynumber: { ...u16(10), optional: true },
  },
  SCTP_SENDER_DRY_EVENT: { sender_dry_flags: u16(2), sender_dry_assoc_id: id(8) },
  SCTP_NOTIFICATIONS_STOPPED_EVENT: { sn_flags: u16(2) },
  SCTP_SEND_FAILED_EVENT: {
    /** `SCTP_DATA_UNSENT` or `SCTP_DATA_SENT` */
    ssfe_flags: u16(2),
    /** As received; on Linux 6.1 in network byte order. See `ssfe_cause`. */
    ssfe_error: u32(8),
    ssfe_info: entry(sndInfo, 12),
    ssfe_assoc_id: id(28),
    ssfe_data: entry('bytes', 32),
  },
  SCTP_STREAM_RESET_EVENT: {
    strreset_flags: u16(2),
    strreset_assoc_id: id(8),
    /** Empty for all streams. */
    strreset_stream_list: entry('u16s', 12),
  },
  SCTP_ASSOC_RESET_EVENT: {
    assocreset_flags: u16(2),
    assocreset_assoc_id: id(8),
    assocreset_local_tsn: u32(12),
    assocreset_remote_tsn: u32(16),
  },
  SCTP_STREAM_CHANGE_EVENT: {
    strchange_flags: u16(2),
    strchange_assoc_id: id(8),
    strchange_instrms: u16(12),
    strchange_outstrms: u16(14),
  },
} satisfies Record<string, Struct>

export type Kind = Exclude<NumericKind, 'streamNumber'> | 'address' | Field[]

export interface Field {
  readonly key: string
  readonly offset: number
  readonly kind: Kind
  readonly optional: boolean
}

/** The fields of a notification on a platform. A list as a kind holds the fields of a nested struct. */
export interface Layout {
  readonly fields: readonly Field[]
  readonly tail?: { readonly key: string; readonly kind: EndKind }
}

/** @param length the bytes of the struct, without what follows it */
export function layoutOf(name: keyof typeof structs, facts: PlaceFacts, length: number): Layout {
  const struct: Struct = structs[name]
  const tails = Object.entries(struct).flatMap(([key, { kind }]) => (isTail(kind) ? [{ key, kind }] : []))
  return { fields: fieldsOfStruct(struct, facts, length), ...(tails.length > 0 && { tail: tails[0] }) }
}

function fieldsOfStruct(struct: Struct, facts: PlaceFacts, length: number): Field[] {
  return Object.entries(struct).flatMap(([key, { kind, offset, only, optional }]) => {
    if (isTail(kind) || (only !== undefined && only !== facts.platform)) return []
    const at = typeof offset === 'number' ? offset : offset(facts, length)
    return [{ key, offset: at, kind: resolvedKind(kind, facts, length), optional }]
  })
}

function resolvedKind(kind: Exclude<FieldEntry['kind'], EndKind>, facts: PlaceFacts, length: number): Kind {
  if (kind === 'streamNumber') return isShort(length) ? 'u16' : 'u32'
  return typeof kind === 'object' ? fieldsOfStruct(kind, facts, length) : kind
}

function isTail(kind: FieldEntry['kind']): kind is EndKind {
  return kind === 'bytes' || kind === 'bytesOrU8s' || kind === 'u16s'
}

/** FreeBSD sends a partial delivery in 20 bytes; RFC 6458 describes 24. */
function isShort(length: number): boolean {
  return length === 20
}

function entry<const K extends FieldEntry['kind']>(
  kind: K,
  offset: FieldEntry['offset'],
): FieldEntry<K, undefined> {
  return { kind, offset, only: undefined, optional: false }
}

function u16(offset: number) {
  return entry('u16', offset)
}

function u32(offset: number) {
  return entry('u32', offset)
}

function id(offset: number) {
  return entry('id', offset)
}

function onFreebsd(offset: number): FieldEntry<'u16', 'freebsd'> {
  return { kind: 'u16', offset, only: 'freebsd', optional: true }
}
