import { z } from 'zod'
import { AF_INET, AF_INET6, AF_UNSPEC } from '../constants/address-families.js'
import * as C from '../constants/events.js'
import * as L from '../constants/library.js'

/**
 * The dictionaries inside notifications, with the vendor's keys. Everything is bounded, since producers may be anywhere.
 * They are made when the first one needs them: that takes time, which each start would pay.
 */

/** The values that a schema allows. */
export type Value<Schema extends () => z.ZodType> = z.infer<ReturnType<Schema>>

/** Returns a function that makes a value when it is called first. */
function once<Made>(make: () => Made): () => Made {
  let made: Made | undefined
  return () => {
    made ??= make()
    return made
  }
}

const object = <Shape extends z.ZodRawShape>(shape: () => Shape) => once(() => z.strictObject(shape()))

const MAX_TEXT = 65_536
const MAX_NAME = 1024
const MAX_ITEMS = 10_000

const text = (description?: string) => z.string().max(MAX_TEXT).meta({ description })
const name = (description?: string) => z.string().max(MAX_NAME).meta({ description })
const number = (description?: string) => z.int().meta({ description })
const count = (description?: string) => z.int().min(0).meta({ description })
/** In JSON, numbers beyond 2^53 are texts. */
const LONG_NUMBER = /^\d{16,20}$/
const whole = (value: unknown) =>
  typeof value === 'string' && LONG_NUMBER.test(value) ? BigInt(value) : value
const isCount64 = (given: unknown) => {
  const value = whole(given)
  return typeof value === 'bigint'
    ? value >= 0n && value < 2n ** 64n
    : typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
/** 64 bits without a sign: read as a bigint if it is beyond 2^53. */
const count64 = (description?: string) =>
  z
    .custom<number | bigint>(isCount64, { error: 'Invalid input: expected a whole number below 2^64' })
    .overwrite((value) => whole(value) as number | bigint)
    .meta({ description, type: 'integer', minimum: 0 })
const oneOf = (first: number, last: number, constants: string) =>
  z
    .int()
    .min(first)
    .max(last)
    .meta({ description: `Constants: \`${constants}\`.` })
const list = <T extends z.ZodType>(item: T) => z.array(item).max(MAX_ITEMS)
const names = () => list(name())

const usid = () => count('Id of the user session; 0: none.')
const database = () => oneOf(0, 7, 'NO_DB … INTENDED')
const port = () => z.int().min(0).max(65_535)

const address = {
  af: z.literal([AF_INET, AF_INET6]).meta({ description: 'Family of the address: `AF_INET` or `AF_INET6`.' }),
  ip4: z.ipv4().optional(),
  ip6: z.ipv6().optional(),
}

interface WithAddress {
  af?: number
  ip4?: string
  ip6?: string
}

function hasItsAddress({ af, ip4, ip6 }: WithAddress): boolean {
  if (af === AF_INET) return ip4 !== undefined && ip6 === undefined
  if (af === AF_INET6) return ip6 !== undefined && ip4 === undefined
  return ip4 === undefined && ip6 === undefined
}

const NEEDS_ADDRESS = 'needs `ip4` or `ip6`, as its `af` says'

export const uinfo = object(() => ({
  username: name(),
  usid: usid(),
  context: name('Such as `cli`, `netconf` or `system`.'),
  proto: oneOf(0, 9, 'PROTO_UNKNOWN … PROTO_TLS'),
  addr: name('Address of the peer; empty for one on this machine.'),
  af: z.literal([AF_UNSPEC, AF_INET, AF_INET6]),
  port: port(),
  logintime: count('Seconds since 1970.'),
  lmode: oneOf(0, 3, 'USESS_LOCK_MODE_NONE … USESS_LOCK_MODE_SHARED'),
  snmp_v3_ctx: name().optional(),
  flags: count('Bits: `USESS_FLAG_FORWARD`, `USESS_FLAG_HAS_IDENTIFICATION`, `USESS_FLAG_HAS_OPAQUE`.'),
}))

export const tctx = object(() => ({
  thandle: count('Id of the transaction.'),
  dbname: database(),
  usid: usid(),
}))

export const audit = object(() => ({
  logno: count('Number of the kind of message.'),
  user: name(),
  msg: text(),
  usid: usid(),
}))

export const syslog = object(() => ({
  prio: z.int().min(0).max(191).meta({ description: 'Priority as in syslog: facility × 8 + severity.' }),
  logno: count('Number of the kind of message.'),
  msg: text(),
}))

const commitFlags = () =>
  count('Bits: `NOTIF_COMMIT_FLAG_CONFIRMED`, `NOTIF_COMMIT_FLAG_CONFIRMED_EXTENDED`.')

export const commit = object(() => ({
  database: database(),
  diff_available: z.boolean(),
  flags: commitFlags(),
  uinfo: uinfo(),
}))

export const commitDiff = object(() => ({
  database: database(),
  flags: commitFlags(),
  uinfo: uinfo(),
  tctx: tctx(),
  label: text().optional(),
  comment: text().optional(),
}))

export const userSession = object(() => ({
  type: oneOf(1, 6, 'USER_SESS_START … USER_SESS_UNLOCK'),
  uinfo: uinfo(),
  database: database(),
}))

const node = once(() =>
  z
    .strictObject({
      nodeid: name(),
      af: z.literal([AF_UNSPEC, AF_INET, AF_INET6]),
      ip4: z.ipv4().optional(),
      ip6: z.ipv6().optional(),
      str: name('The address as text, with `AF_UNSPEC`.').optional(),
    })
    .refine(hasItsAddress, { error: NEEDS_ADDRESS })
    .refine(({ af, str }) => (af === AF_UNSPEC) === (str !== undefined), {
      error: 'has `str` exactly if its `af` is `AF_UNSPEC`',
    }),
)
export type NcsNode = Value<typeof node>

export const ha = object(() => ({
  type: oneOf(1, 7, 'HA_INFO_NOPRIMARY … HA_INFO_BESECONDARY_RESULT'),
  noprimary: number('Why there is no primary: an error such as `ERR_HA_CLOSED`.').optional(),
  secondary_died: node().optional(),
  secondary_arrived: node().optional(),
  cdb_initialized_by_copy: z.int().min(0).max(1).optional(),
  besecondary_result: number('0, or an error such as `ERR_HA_CONNECT`.').optional(),
}))

export const subagent = object(() => ({
  type: oneOf(1, 2, 'SUBAGENT_INFO_UP, SUBAGENT_INFO_DOWN'),
  name: name(),
}))

export const commitFailed = object(() => ({
  provider: oneOf(1, 5, 'DP_CDB … DP_JAVASCRIPT'),
  dbname: database(),
  port: port().optional(),
  af: address.af.optional(),
  ip4: address.ip4,
  ip6: address.ip6,
  daemon_name: name('With `DP_EXTERNAL`.').optional(),
}))

const varbind = object(() => ({
  type: oneOf(1, 3, 'SNMP_VARIABLE, SNMP_OID, SNMP_COL_ROW'),
  name: name('With `SNMP_VARIABLE`; with `SNMP_COL_ROW` the column.').optional(),
  oid: list(count()).optional(),
  row: list(count()).optional(),
  value_type: oneOf(0, 10, 'SNMP_NULL … SNMP_UNSIGNED32'),
  value: text().optional(),
}))

export const snmpa = object(() => ({
  pdu_type: oneOf(1, 9, 'SNMPA_PDU_V1TRAP … SNMPA_PDU_SET_REQUEST'),
  request_id: number(),
  error_status: number(),
  error_index: number(),
  port: port(),
  ...address,
  vb: list(varbind()).optional(),
  generic_trap: number('With `SNMPA_PDU_V1TRAP`.').optional(),
  specific_trap: number('With `SNMPA_PDU_V1TRAP`.').optional(),
  time_stamp: count('With `SNMPA_PDU_V1TRAP`.').optional(),
  enterprise: list(count()).optional(),
}))

export const forward = object(() => ({
  type: oneOf(1, 3, 'FORWARD_INFO_UP … FORWARD_INFO_FAILED'),
  target: name(),
  uinfo: uinfo(),
}))

export const confirm = object(() => ({
  type: oneOf(1, 3, 'CONFIRMED_COMMIT, CONFIRMING_COMMIT, ABORT_COMMIT'),
  timeout: count('Seconds; over 0 only where one begins.'),
  uinfo: uinfo(),
}))

export const upgrade = once(() =>
  z.strictObject({ event: oneOf(1, 5, 'UPGRADE_INIT_STARTED … UPGRADE_ABORTED') }),
)

const traceId = () => name('Id of the trace that it belongs to.')
const attribute = once(() =>
  z
    .strictObject({
      name: name(),
      type: oneOf(1, 2, 'PROGRESS_ATTRIBUTE_STRING, PROGRESS_ATTRIBUTE_NUMBER'),
      string: text().optional(),
      number: count64().optional(),
    })
    .refine(
      ({ type, string, number }) =>
        (type === C.PROGRESS_ATTRIBUTE_STRING) === (string !== undefined) &&
        (type === C.PROGRESS_ATTRIBUTE_NUMBER) === (number !== undefined),
      { error: 'has `string` or `number`, as its `type` says' },
    ),
)

export const progress = object(() => ({
  type: oneOf(1, 3, 'PROGRESS_START, PROGRESS_STOP, PROGRESS_INFO'),
  timestamp: count64('Microseconds since 1970.'),
  duration: count64('Microseconds; with `PROGRESS_STOP`.').optional(),
  trace_id: traceId().optional(),
  span_id: name(),
  parent_span_id: name().optional(),
  usid: usid(),
  tid: count('Id of the transaction; 0: none.'),
  datastore: database(),
  context: name().optional(),
  subsystem: name().optional(),
  msg: text().optional(),
  annotation: text().optional(),
  num_attributes: count(),
  attributes: list(attribute()).optional(),
  num_links: count(),
  links: list(z.strictObject({ trace_id: traceId(), span_id: name() })).optional(),
}))

const tagValue = object(() => ({
  ns: name('Namespace.'),
  tag: name(),
  kind: z.enum(['begin', 'end', 'leaf', 'empty', 'list', 'delete']),
  value: text().optional(),
}))
export type NcsTagValue = Value<typeof tagValue>

export const stream = object(() => ({
  type: oneOf(1, 4, 'STREAM_NOTIFICATION_EVENT … STREAM_REPLAY_FAILED'),
  event_time: z.iso.datetime({ offset: true }).optional(),
  values: list(tagValue()).optional(),
  replay_error: text().optional(),
}))

export const compaction = object(() => ({
  dbfile: oneOf(1, 3, 'COMPACTION_A_CDB, COMPACTION_O_CDB, COMPACTION_S_CDB'),
  type: oneOf(1, 2, 'COMPACTION_AUTOMATIC, COMPACTION_MANUAL'),
  fsize_start: count64('Bytes before.'),
  fsize_end: count64('Bytes afterwards.'),
  fsize_last: count64('Bytes at the end of the compaction before it.'),
  time_start: count64('Microseconds since 1970.'),
  duration: count64('Microseconds.'),
  ntrans: count('Transactions since the compaction before it.'),
}))

export const queueItem = object(() => ({
  type: oneOf(1, 6, 'NCS_CQ_ITEM_WAITING … NCS_CQ_ITEM_DELETED'),
  timestamp: count64('Microseconds since 1970.'),
  cq_id: count64('Id of the item.'),
  cq_tag: name().optional(),
  label: name().optional(),
  completed_devices: names().optional(),
  transient_devices: names().optional(),
  transient_reasons: list(text()).optional(),
  failed_devices: names().optional(),
  failed_reasons: list(text()).optional(),
  completed_services: names().optional(),
  completed_services_completed_devices: list(names()).optional(),
  failed_services: names().optional(),
  failed_services_completed_devices: list(names()).optional(),
  failed_services_failed_devices: list(names()).optional(),
  trace_id: traceId().optional(),
}))

export const callHome = object(() => ({
  type: oneOf(1, 3, 'CALL_HOME_DEVICE_CONNECTED … CALL_HOME_DEVICE_DISCONNECTED'),
  device: name('Absent if it is unknown.').optional(),
  ...address,
  port: port(),
  ssh_host_key: text().optional(),
  ssh_key_alg: name().optional(),
}))

export const auditNetwork = object(() => ({
  usid: usid(),
  tid: count('Id of the transaction; 0: none.'),
  user: name(),
  device: name(),
  trace_id: traceId().optional(),
  config: text('The configuration as sent to the device.'),
}))

/** Which other keys a payload must or must not have. Each entry says what is wrong, or undefined. */
export const conditions = {
  hnot(value: Value<typeof ha>) {
    const keys = {
      [C.HA_INFO_NOPRIMARY]: 'noprimary',
      [C.HA_INFO_SECONDARY_DIED]: 'secondary_died',
      [C.HA_INFO_SECONDARY_ARRIVED]: 'secondary_arrived',
      [C.HA_INFO_SECONDARY_INITIALIZED]: 'cdb_initialized_by_copy',
      [C.HA_INFO_BESECONDARY_RESULT]: 'besecondary_result',
    } as const
    const wanted = keys[value.type as keyof typeof keys]
    const wrong = Object.values(keys).find((key) => (key === wanted) !== (value[key] !== undefined))
    return wrong && (wrong === wanted ? `needs ${wrong}` : `cannot have ${wrong} with this type`)
  },
  cfail(value: Value<typeof commitFailed>) {
    const isNetconf = value.provider === C.DP_NETCONF
    if (isNetconf !== (value.af !== undefined && value.port !== undefined) || !hasItsAddress(value))
      return 'has `port`, `af` and the address exactly with DP_NETCONF'
    if ((value.provider === C.DP_EXTERNAL) !== (value.daemon_name !== undefined))
      return 'has `daemon_name` exactly with DP_EXTERNAL'
  },
  snmpa(value: Value<typeof snmpa>) {
    const { generic_trap, specific_trap, time_stamp, enterprise } = value
    const trap = [generic_trap, specific_trap, time_stamp]
    if (!hasItsAddress(value)) return NEEDS_ADDRESS
    if (value.pdu_type === L.SNMPA_PDU_V1TRAP)
      return trap.includes(undefined) ? 'needs the keys of a trap' : undefined
    if ([...trap, enterprise].some((key) => key !== undefined)) return 'has keys of a trap, but is none'
  },
  progress(value: Value<typeof progress>) {
    if ((value.type === L.PROGRESS_STOP) !== (value.duration !== undefined))
      return 'has `duration` exactly with PROGRESS_STOP'
    if (value.num_attributes !== (value.attributes?.length ?? 0)) return 'has another number of attributes'
    if (value.num_links !== (value.links?.length ?? 0)) return 'has another number of links'
  },
  stream({ type, event_time, values, replay_error }: Value<typeof stream>) {
    const isEvent = type === C.STREAM_NOTIFICATION_EVENT
    if (isEvent !== (event_time !== undefined) || isEvent !== (values !== undefined))
      return 'has `event_time` and `values` exactly with STREAM_NOTIFICATION_EVENT'
    if ((type === C.STREAM_REPLAY_FAILED) !== (replay_error !== undefined))
      return 'has `replay_error` exactly with STREAM_REPLAY_FAILED'
  },
  cq_progress(value: Value<typeof queueItem>) {
    const { failed_devices: devices, completed_services: completed, failed_services: failed } = value
    const pairs = [
      [devices, value.failed_reasons],
      [completed, value.completed_services_completed_devices],
      [failed, value.failed_services_completed_devices],
      [failed, value.failed_services_failed_devices],
    ]
    return pairs.some(([of, list]) => of?.length !== list?.length)
      ? 'has lists that belong together, but not the same length'
      : undefined
  },
  call_home(value: Value<typeof callHome>) {
    if (!hasItsAddress(value)) return NEEDS_ADDRESS
    if ((value.type === C.CALL_HOME_UNKNOWN_DEVICE) !== (value.device === undefined))
      return 'has `device` exactly if the device is known'
  },
}
