import type { NotificationName } from './notification.js'
import type { Profile } from './profile.js'

/**
 * u16 and u32 are in host byte order, wireU16 is in network byte order on Linux, id is an sctp_assoc_t, and a state
 * must be one of the platform's. A list holds the fields of a nested struct.
 */
export type Kind = 'u16' | 'u32' | 'wireU16' | 'id' | 'assocState' | 'addressState' | 'address' | Field[]

export interface Field {
  readonly key: string
  readonly offset: number
  readonly kind: Kind
  /** A key that other parsers leave out. If it is missing, 0 is encoded. */
  readonly optional?: boolean
}

export interface Layout {
  readonly fields: readonly Field[]
  /** The data after the struct: bytes, or the stream numbers of a reset. */
  readonly tail?: { readonly key: string; readonly kind: 'bytes' | 'u16' }
}

/** Offsets of the fields, in the order of the keys of the parsed object. */
export const layouts: Readonly<Record<NotificationName, (profile: Profile, length: number) => Layout>> = {
  SCTP_ASSOC_CHANGE: () => ({
    fields: [
      field('sac_flags', 2, 'u16'),
      field('sac_state', 8, 'assocState'),
      field('sac_error', 10, 'u16'),
      field('sac_outbound_streams', 12, 'u16'),
      field('sac_inbound_streams', 14, 'u16'),
      field('sac_assoc_id', 16, 'id'),
    ],
    tail: { key: 'sac_info', kind: 'bytes' },
  }),
  SCTP_PEER_ADDR_CHANGE: () => ({
    fields: [
      field('spc_flags', 2, 'u16'),
      field('spc_aaddr', 8, 'address'),
      field('spc_state', 136, 'addressState'),
      field('spc_error', 140, 'u32'),
      field('spc_assoc_id', 144, 'id'),
    ],
  }),
  SCTP_REMOTE_ERROR: () => ({
    fields: [field('sre_flags', 2, 'u16'), field('sre_error', 8, 'wireU16'), field('sre_assoc_id', 12, 'id')],
    tail: { key: 'sre_data', kind: 'bytes' },
  }),
  SCTP_SEND_FAILED: ({ platform, sndRcvInfoBytes }) => ({
    fields: [
      field('ssf_flags', 2, 'u16'),
      field('ssf_error', 8, 'u32'),
      field('ssf_info', 12, platform === 'linux' ? sndRcvInfo : [...sndRcvInfo, ...keyOfFreebsd]),
      field('ssf_assoc_id', 12 + sndRcvInfoBytes, 'id'),
    ],
    tail: { key: 'ssf_data', kind: 'bytes' },
  }),
  SCTP_SHUTDOWN_EVENT: () => ({
    fields: [field('sse_flags', 2, 'u16'), field('sse_assoc_id', 8, 'id')],
  }),
  SCTP_ADAPTATION_INDICATION: () => ({
    fields: [
      field('sai_flags', 2, 'u16'),
      field('sai_adaptation_ind', 8, 'u32'),
      field('sai_assoc_id', 12, 'id'),
    ],
  }),
  SCTP_PARTIAL_DELIVERY_EVENT: ({ platform }, length) => {
    const streamAt = platform === 'linux' ? 16 : 12
    const kind = length === 20 ? 'u16' : 'u32'
    return {
      fields: [
        field('pdapi_flags', 2, 'u16'),
        field('pdapi_indication', 8, 'u32'),
        field('pdapi_stream', streamAt, kind),
        field('pdapi_seq', streamAt + (length === 20 ? 2 : 4), kind),
        field('pdapi_assoc_id', platform === 'linux' ? 12 : length - 4, 'id'),
      ],
    }
  },
  SCTP_AUTHENTICATION_EVENT: () => ({
    fields: [
      field('auth_flags', 2, 'u16'),
      field('auth_keynumber', 8, 'u16'),
      field('auth_indication', 12, 'u32'),
      field('auth_assoc_id', 16, 'id'),
      { ...field('auth_altkeynumber', 10, 'u16'), optional: true },
    ],
  }),
  SCTP_SENDER_DRY_EVENT: () => ({
    fields: [field('sender_dry_flags', 2, 'u16'), field('sender_dry_assoc_id', 8, 'id')],
  }),
  SCTP_NOTIFICATIONS_STOPPED_EVENT: () => ({ fields: [field('sn_flags', 2, 'u16')] }),
  SCTP_SEND_FAILED_EVENT: () => ({
    fields: [
      field('ssfe_flags', 2, 'u16'),
      field('ssfe_error', 8, 'u32'),
      field('ssfe_info', 12, sndInfo),
      field('ssfe_assoc_id', 28, 'id'),
    ],
    tail: { key: 'ssfe_data', kind: 'bytes' },
  }),
  SCTP_STREAM_RESET_EVENT: () => ({
    fields: [field('strreset_flags', 2, 'u16'), field('strreset_assoc_id', 8, 'id')],
    tail: { key: 'strreset_stream_list', kind: 'u16' },
  }),
  SCTP_ASSOC_RESET_EVENT: () => ({
    fields: [
      field('assocreset_flags', 2, 'u16'),
      field('assocreset_assoc_id', 8, 'id'),
      field('assocreset_local_tsn', 12, 'u32'),
      field('assocreset_remote_tsn', 16, 'u32'),
    ],
  }),
  SCTP_STREAM_CHANGE_EVENT: () => ({
    fields: [
      field('strchange_flags', 2, 'u16'),
      field('strchange_assoc_id', 8, 'id'),
      field('strchange_instrms', 12, 'u16'),
      field('strchange_outstrms', 14, 'u16'),
    ],
  }),
}

const sndInfo = [
  field('snd_sid', 0, 'u16'),
  field('snd_flags', 2, 'u16'),
  field('snd_ppid', 4, 'u32'),
  field('snd_context', 8, 'u32'),
  field('snd_assoc_id', 12, 'id'),
]

const sndRcvInfo = [
  field('sinfo_stream', 0, 'u16'),
  field('sinfo_ssn', 2, 'u16'),
  field('sinfo_flags', 4, 'u16'),
  field('sinfo_ppid', 8, 'u32'),
  field('sinfo_context', 12, 'u32'),
  field('sinfo_timetolive', 16, 'u32'),
  field('sinfo_tsn', 20, 'u32'),
  field('sinfo_cumtsn', 24, 'u32'),
  field('sinfo_assoc_id', 28, 'id'),
]

const keyOfFreebsd = [
  { ...field('sinfo_keynumber', 32, 'u16'), optional: true },
  { ...field('sinfo_keynumber_valid', 34, 'u16'), optional: true },
]

function field(key: string, offset: number, kind: Kind): Field {
  return { key, offset, kind }
}
