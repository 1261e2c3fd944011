import fc from 'fast-check'
import { constants, type Notification, type Platform } from '../../../src/protocols/sctp/index.js'

const u16 = fc.integer({ min: 0, max: 0xffff })
const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const bytes = fc.uint8Array({ minLength: 1, maxLength: 64 })
const maybe = { requiredKeys: [] as never[] }

const ipv6 = fc.oneof(
  fc.constantFrom('::', '::1', '::ffff:10.0.0.1', 'fe80::1', '1::8', '2001:db8:0:1:1:1:1:1'),
  fc
    .array(fc.integer({ min: 1, max: 0xffff }), { minLength: 8, maxLength: 8 })
    .map((groups) => groups.map((group) => group.toString(16)).join(':')),
)
const address = fc.oneof(
  fc.tuple(fc.ipV4(), u16),
  fc.tuple(ipv6, u16, u32, u32),
  fc.constant(['???', 0, 0, 0]),
)

/** Every notification that a platform can send, without causes, which are derived from the error field. */
export function notificationsOf(platform: Platform): fc.Arbitrary<Notification> {
  const numbers = constants[platform]
  const id = platform === 'linux' ? fc.integer() : u32
  const type = (name: keyof typeof constants.linux & keyof typeof constants.freebsd) =>
    fc.constant(numbers[name])
  const states = (...names: string[]) =>
    fc.constantFrom(
      ...names
        .map((name) => (numbers as Record<string, number>)[name])
        .filter((state) => state !== undefined),
    )
  const change = {
    sn_type: type('SCTP_ASSOC_CHANGE'),
    sac_flags: u16,
    sac_error: fc.constant(0),
    sac_outbound_streams: u16,
    sac_inbound_streams: u16,
    sac_assoc_id: id,
  }
  const all = [
    withOptional(
      { ...change, sac_state: states('SCTP_COMM_UP', 'SCTP_RESTART') },
      { sac_info: fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 6 }) },
    ),
    withOptional(
      { ...change, sac_state: states('SCTP_COMM_LOST', 'SCTP_SHUTDOWN_COMP', 'SCTP_CANT_STR_ASSOC') },
      { sac_info: bytes },
    ),
    fc.record({
      sn_type: type('SCTP_PEER_ADDR_CHANGE'),
      spc_flags: u16,
      spc_aaddr: address,
      spc_state: states(
        'SCTP_ADDR_AVAILABLE',
        'SCTP_ADDR_UNREACHABLE',
        'SCTP_ADDR_REMOVED',
        'SCTP_ADDR_ADDED',
        'SCTP_ADDR_MADE_PRIM',
        'SCTP_ADDR_CONFIRMED',
        'SCTP_ADDR_POTENTIALLY_FAILED',
      ),
      spc_error: u32,
      spc_assoc_id: id,
    }),
    withOptional(
      { sn_type: type('SCTP_REMOTE_ERROR'), sre_flags: u16, sre_error: u16, sre_assoc_id: id },
      { sre_data: bytes },
    ),
    withOptional(
      {
        sn_type: type('SCTP_SEND_FAILED'),
        ssf_flags: u16,
        ssf_error: fc.constant(0),
        ssf_info: fc.record({
          sinfo_stream: u16,
          sinfo_ssn: u16,
          sinfo_flags: u16,
          sinfo_ppid: u32,
          sinfo_context: u32,
          sinfo_timetolive: u32,
          sinfo_tsn: u32,
          sinfo_cumtsn: u32,
          sinfo_assoc_id: id,
          ...(platform === 'freebsd' ? { sinfo_keynumber: u16, sinfo_keynumber_valid: u16 } : {}),
        }),
        ssf_assoc_id: id,
      },
      { ssf_data: bytes },
    ),
    fc.record({ sn_type: type('SCTP_SHUTDOWN_EVENT'), sse_flags: u16, sse_assoc_id: id }),
    fc.record({
      sn_type: type('SCTP_ADAPTATION_INDICATION'),
      sai_flags: u16,
      sai_adaptation_ind: u32,
      sai_assoc_id: id,
    }),
    fc.record({
      sn_type: type('SCTP_PARTIAL_DELIVERY_EVENT'),
      pdapi_flags: u16,
      pdapi_indication: u32,
      pdapi_stream: fc.oneof(u16, u32),
      pdapi_seq: fc.oneof(u16, u32),
      pdapi_assoc_id: id,
    }),
    fc.record({
      sn_type: type('SCTP_AUTHENTICATION_EVENT'),
      auth_flags: u16,
      auth_keynumber: u16,
      auth_indication: u32,
      auth_assoc_id: id,
      auth_altkeynumber: u16,
    }),
    fc.record({ sn_type: type('SCTP_SENDER_DRY_EVENT'), sender_dry_flags: u16, sender_dry_assoc_id: id }),
    withOptional(
      {
        sn_type: type('SCTP_SEND_FAILED_EVENT'),
        ssfe_flags: u16,
        ssfe_error: fc.constant(0),
        ssfe_info: fc.record({
          snd_sid: u16,
          snd_flags: u16,
          snd_ppid: u32,
          snd_context: u32,
          snd_assoc_id: id,
        }),
        ssfe_assoc_id: id,
      },
      { ssfe_data: bytes },
    ),
    fc.record({
      sn_type: type('SCTP_STREAM_RESET_EVENT'),
      strreset_flags: u16,
      strreset_assoc_id: id,
      strreset_stream_list: fc.array(u16, { maxLength: 20 }),
    }),
    fc.record({
      sn_type: type('SCTP_ASSOC_RESET_EVENT'),
      assocreset_flags: u16,
      assocreset_assoc_id: id,
      assocreset_local_tsn: u32,
      assocreset_remote_tsn: u32,
    }),
    fc.record({
      sn_type: type('SCTP_STREAM_CHANGE_EVENT'),
      strchange_flags: u16,
      strchange_assoc_id: id,
      strchange_instrms: u16,
      strchange_outstrms: u16,
    }),
  ]
  const ofFreebsd = fc.record({
    sn_type: fc.constant(constants.freebsd.SCTP_NOTIFICATIONS_STOPPED_EVENT),
    sn_flags: u16,
  })
  return fc.oneof(...all, ...(platform === 'freebsd' ? [ofFreebsd] : [])) as fc.Arbitrary<Notification>
}

type Shape = Record<string, fc.Arbitrary<unknown>>

/** Returns objects with and without the optional keys. */
function withOptional(needed: Shape, optional: Shape): fc.Arbitrary<object> {
  return fc
    .tuple(fc.record(needed), fc.record(optional, maybe))
    .map(([always, sometimes]) => ({ ...always, ...sometimes }))
}
