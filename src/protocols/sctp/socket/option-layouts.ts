import { linux } from '../notifications/linux.js'

/** A whole number with this many bits, a sockaddr_storage (`address`), or a struct sctp_paddrinfo (`path`). */
export type FieldKind = 'u8' | 'u16' | 'u32' | 'i32' | 'address' | 'path'

/** The elements that follow a struct; one of its fields holds their number. */
export type TailKind = 'bytes' | 'u16s' | 'ids'

export interface OptionLayout {
  readonly level: number
  readonly option: number
  readonly bytes: number
  readonly fields: Readonly<Record<string, readonly [offset: number, kind: FieldKind]>>
  /** Name and kind of the elements that follow the struct, and the field that holds their number. */
  readonly tail?: readonly [name: string, kind: TailKind, countedBy: string]
}

const SOL_SOCKET = 1

const whole = (option: number, level: number = linux.IPPROTO_SCTP) =>
  ({ level, option, bytes: 4, fields: { value: [0, 'i32'] } }) as const

const ofAssociation = (option: number) => struct(option, 8, { assoc_id: [0, 'i32'], assoc_value: [4, 'u32'] })

const keyNumber = (option: number) =>
  struct(option, 8, { scact_assoc_id: [0, 'i32'], scact_keynumber: [4, 'u16'] })

function struct<const F extends OptionLayout['fields']>(option: number, bytes: number, fields: F) {
  return { level: linux.IPPROTO_SCTP, option, bytes, fields } as const
}

/** struct sctp_paddrinfo, which is also the type of `sstat_primary`. */
export const pathFields = {
  spinfo_assoc_id: [0, 'i32'],
  spinfo_address: [4, 'address'],
  spinfo_state: [132, 'i32'],
  spinfo_cwnd: [136, 'u32'],
  spinfo_srtt: [140, 'u32'],
  spinfo_rto: [144, 'u32'],
  spinfo_mtu: [148, 'u32'],
} as const

/** The options by their names in RFC 6458, 6525 and <linux/sctp.h>, with the fields of their structs. */
export const optionLayouts = {
  SCTP_RTOINFO: struct(linux.SCTP_RTOINFO, 16, {
    srto_assoc_id: [0, 'i32'],
    srto_initial: [4, 'u32'],
    srto_max: [8, 'u32'],
    srto_min: [12, 'u32'],
  }),
  SCTP_ASSOCINFO: struct(linux.SCTP_ASSOCINFO, 20, {
    sasoc_assoc_id: [0, 'i32'],
    sasoc_asocmaxrxt: [4, 'u16'],
    sasoc_number_peer_destinations: [6, 'u16'],
    sasoc_peer_rwnd: [8, 'u32'],
    sasoc_local_rwnd: [12, 'u32'],
    sasoc_cookie_life: [16, 'u32'],
  }),
  SCTP_INITMSG: struct(linux.SCTP_INITMSG, 8, {
    sinit_num_ostreams: [0, 'u16'],
    sinit_max_instreams: [2, 'u16'],
    sinit_max_attempts: [4, 'u16'],
    sinit_max_init_timeo: [6, 'u16'],
  }),
  SCTP_NODELAY: whole(linux.SCTP_NODELAY),
  SCTP_AUTOCLOSE: whole(linux.SCTP_AUTOCLOSE),
  SCTP_SET_PEER_PRIMARY_ADDR: struct(linux.SCTP_SET_PEER_PRIMARY_ADDR, 132, {
    sspp_assoc_id: [0, 'i32'],
    sspp_addr: [4, 'address'],
  }),
  SCTP_PRIMARY_ADDR: struct(linux.SCTP_PRIMARY_ADDR, 132, {
    ssp_assoc_id: [0, 'i32'],
    ssp_addr: [4, 'address'],
  }),
  SCTP_ADAPTATION_LAYER: struct(linux.SCTP_ADAPTATION_LAYER, 4, { ssb_adaptation_ind: [0, 'u32'] }),
  SCTP_PEER_ADDR_PARAMS: struct(linux.SCTP_PEER_ADDR_PARAMS, 156, {
    spp_assoc_id: [0, 'i32'],
    spp_address: [4, 'address'],
    spp_hbinterval: [132, 'u32'],
    spp_pathmaxrxt: [136, 'u16'],
    spp_pathmtu: [138, 'u32'],
    spp_sackdelay: [142, 'u32'],
    spp_flags: [146, 'u32'],
    spp_ipv6_flowlabel: [150, 'u32'],
    spp_dscp: [154, 'u8'],
  }),
  SCTP_I_WANT_MAPPED_V4_ADDR: whole(linux.SCTP_I_WANT_MAPPED_V4_ADDR),
  SCTP_MAXSEG: ofAssociation(linux.SCTP_MAXSEG),
  SCTP_STATUS: {
    ...struct(linux.SCTP_STATUS, 176, {
      sstat_assoc_id: [0, 'i32'],
      sstat_state: [4, 'i32'],
      sstat_rwnd: [8, 'u32'],
      sstat_unackdata: [12, 'u16'],
      sstat_penddata: [14, 'u16'],
      sstat_instrms: [16, 'u16'],
      sstat_outstrms: [18, 'u16'],
      sstat_fragmentation_point: [20, 'u32'],
      sstat_primary: [24, 'path'],
    }),
  },
  SCTP_GET_PEER_ADDR_INFO: struct(linux.SCTP_GET_PEER_ADDR_INFO, 152, pathFields),
  SCTP_FRAGMENT_INTERLEAVE: whole(linux.SCTP_FRAGMENT_INTERLEAVE),
  SCTP_PARTIAL_DELIVERY_POINT: whole(linux.SCTP_PARTIAL_DELIVERY_POINT),
  SCTP_AUTH_CHUNK: struct(linux.SCTP_AUTH_CHUNK, 1, { sauth_chunk: [0, 'u8'] }),
  SCTP_AUTH_KEY: {
    ...struct(linux.SCTP_AUTH_KEY, 8, {
      sca_assoc_id: [0, 'i32'],
      sca_keynumber: [4, 'u16'],
      sca_keylength: [6, 'u16'],
    }),
    tail: ['sca_key', 'bytes', 'sca_keylength'],
  },
  SCTP_AUTH_ACTIVE_KEY: keyNumber(linux.SCTP_AUTH_ACTIVE_KEY),
  SCTP_AUTH_DELETE_KEY: keyNumber(linux.SCTP_AUTH_DELETE_KEY),
  SCTP_AUTH_DEACTIVATE_KEY: keyNumber(linux.SCTP_AUTH_DEACTIVATE_KEY),
  SCTP_GET_ASSOC_NUMBER: whole(linux.SCTP_GET_ASSOC_NUMBER),
  SCTP_GET_ASSOC_ID_LIST: {
    ...struct(linux.SCTP_GET_ASSOC_ID_LIST, 4, { gaids_number_of_ids: [0, 'u32'] }),
    tail: ['gaids_assoc_id', 'ids', 'gaids_number_of_ids'],
  },
  SCTP_RECVRCVINFO: whole(linux.SCTP_RECVRCVINFO),
  SCTP_RECVNXTINFO: whole(linux.SCTP_RECVNXTINFO),
  SCTP_DEFAULT_SNDINFO: struct(linux.SCTP_DEFAULT_SNDINFO, 16, {
    snd_sid: [0, 'u16'],
    snd_flags: [2, 'u16'],
    snd_ppid: [4, 'u32'],
    snd_context: [8, 'u32'],
    snd_assoc_id: [12, 'i32'],
  }),
  SCTP_DEFAULT_PRINFO: struct(linux.SCTP_DEFAULT_PRINFO, 12, {
    pr_assoc_id: [0, 'i32'],
    pr_value: [4, 'u32'],
    pr_policy: [8, 'u16'],
  }),
  SCTP_REUSE_PORT: whole(linux.SCTP_REUSE_PORT),
  SCTP_ENABLE_STREAM_RESET: ofAssociation(linux.SCTP_ENABLE_STREAM_RESET),
  SCTP_RESET_STREAMS: {
    ...struct(linux.SCTP_RESET_STREAMS, 8, {
      srs_assoc_id: [0, 'i32'],
      srs_flags: [4, 'u16'],
      srs_number_streams: [6, 'u16'],
    }),
    tail: ['srs_stream_list', 'u16s', 'srs_number_streams'],
  },
  SCTP_RESET_ASSOC: whole(linux.SCTP_RESET_ASSOC),
  SCTP_ADD_STREAMS: struct(linux.SCTP_ADD_STREAMS, 8, {
    sas_assoc_id: [0, 'i32'],
    sas_instrms: [4, 'u16'],
    sas_outstrms: [6, 'u16'],
  }),
  SCTP_EVENT: struct(linux.SCTP_EVENT, 8, { se_assoc_id: [0, 'i32'], se_type: [4, 'u16'], se_on: [6, 'u8'] }),
  SO_SNDBUF: whole(7, SOL_SOCKET),
  SO_RCVBUF: whole(8, SOL_SOCKET),
  SO_REUSEADDR: whole(2, SOL_SOCKET),
  SO_LINGER: {
    level: SOL_SOCKET,
    option: 13,
    bytes: 8,
    fields: { l_onoff: [0, 'i32'], l_linger: [4, 'i32'] },
  },
} as const satisfies Record<string, OptionLayout>
