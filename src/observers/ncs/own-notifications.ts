import { AF_INET, AF_INET6, AF_UNSPEC } from '../../protocols/ncs/constants/address-families.js'
import * as C from '../../protocols/ncs/constants/events.js'
import { ERR_HA_CLOSED, ERR_HA_CONNECT } from '../../protocols/ncs/constants/library.js'
import type { NcsNotification } from '../../protocols/ncs/notifications/notification.js'
import type { ha, NcsNode, Value } from '../../protocols/ncs/notifications/payloads.js'
import { MAX_MESSAGE, PRIORITIES, syslog } from './own-logs.js'

type HighAvailability = Value<typeof ha>
type Data = Readonly<Record<string, unknown>>

type Make = (data: Data, tag: string, usid: number) => NcsNotification[]

/** Numbers of the messages of audits. They are far above those of the vendor. */
export const AUDIT_LOGNO = {
  login: 10_001,
  logout: 10_002,
  loginRefused: 10_003,
  denied: 10_004,
  change: 10_005,
  configuration: 10_006,
  failed: 10_007,
} as const

const makers: readonly (readonly [prefix: string, make: Make])[] = [
  ['hub/audit/', audit],
  ['hub/call-home/', callHome],
  ['hub/compacted', compaction],
  ['hub/ha/', highAvailability],
  ['hub/push/', queueItem],
  ['hub/reload', upgrade],
  [
    'hub/started',
    ({ version }) => [
      syslog(C.NOTIF_DAEMON, PRIORITIES.info, `Tocsin ${text(version)} started`),
      { type: C.NOTIF_HA_INFO, hnot: { type: C.HA_INFO_IS_NONE } },
    ],
  ],
]

/** The notifications that say the same as an event of the hub about itself. */
export function notificationsOf(tag: string, data: unknown, usid = 0): NcsNotification[] {
  const maker = makers.find(([prefix]) => tag.startsWith(prefix))
  if (maker === undefined || typeof data !== 'object' || data === null) return []
  return maker[1](data as Data, tag, usid)
}

function audit(data: Data, tag: string, usid: number): NcsNotification[] {
  const { principal, way, method, result, changed, address, count = 1 } = data
  const what = text(method) || text(way) || tag.slice('hub/audit/'.length)
  const from = address === undefined ? '' : ` from ${text(address)}`
  const change = changed === undefined ? '' : ` ${JSON.stringify(changed)}`
  const again = typeof count === 'number' && count > 1 ? ` (${count} times)` : ''
  const msg = `${what}${change}${from}: ${text(result)}${again}`.slice(0, MAX_MESSAGE)
  const user = text(principal).slice(0, 256)
  return [{ type: C.NOTIF_AUDIT, audit: { logno: auditLogno(tag, result), user, msg, usid } }]
}

function auditLogno(tag: string, result: unknown): number {
  if (tag === 'hub/audit/login') return AUDIT_LOGNO.loginRefused
  if (tag === 'hub/audit/denied') return AUDIT_LOGNO.denied
  if (result !== 'ok') return AUDIT_LOGNO.failed
  return tag.startsWith('hub/audit/config/') ? AUDIT_LOGNO.configuration : AUDIT_LOGNO.change
}

/** An event among hubs is published by one of them, which makes the notification for all. */
function highAvailability(data: Data, tag: string): NcsNotification[] {
  const hnot = highAvailabilityOf(data, tag.slice('hub/ha/'.length))
  return hnot === undefined ? [] : [{ type: C.NOTIF_HA_INFO, hnot }]
}

function highAvailabilityOf(data: Data, what: string): HighAvailability | undefined {
  const noPrimary = { type: C.HA_INFO_NOPRIMARY, noprimary: ERR_HA_CLOSED }
  switch (what) {
    case 'primary':
      return { type: C.HA_INFO_IS_PRIMARY }
    case 'ended':
      return noPrimary
    case 'follows':
      return {
        type: C.HA_INFO_BESECONDARY_RESULT,
        besecondary_result: data.result === 'ok' ? 0 : ERR_HA_CONNECT,
      }
    case 'arrived':
      return { type: C.HA_INFO_SECONDARY_ARRIVED, secondary_arrived: nodeOf(data) }
    case 'caught-up':
      return { type: C.HA_INFO_SECONDARY_INITIALIZED, cdb_initialized_by_copy: 1 }
    case 'died':
      return data.primary === true
        ? noPrimary
        : { type: C.HA_INFO_SECONDARY_DIED, secondary_died: nodeOf(data) }
    default:
      return undefined
  }
}

/** Hubs have addresses of several kinds, so that they are given as text. */
function nodeOf({ hub, address }: Data): NcsNode {
  return { nodeid: text(hub), af: AF_UNSPEC, str: text(address) || text(hub) }
}

function compaction(data: Data): NcsNotification[] {
  const { cause, bytesBefore, bytesAfter, bytesAfterLast, start, duration, transactions } = data
  return [
    {
      type: C.NOTIF_COMPACTION,
      compaction: {
        dbfile: C.COMPACTION_O_CDB,
        type: cause === 'manual' ? C.COMPACTION_MANUAL : C.COMPACTION_AUTOMATIC,
        fsize_start: count(bytesBefore),
        fsize_end: count(bytesAfter),
        fsize_last: count(bytesAfterLast),
        time_start: count(start),
        duration: count(duration),
        ntrans: count(transactions),
      },
    },
  ]
}

const calls: Record<string, number> = {
  connected: C.CALL_HOME_DEVICE_CONNECTED,
  unknown: C.CALL_HOME_UNKNOWN_DEVICE,
  disconnected: C.CALL_HOME_DEVICE_DISCONNECTED,
}

/** The dictionary has the keys of the vendor only. */
function callHome(data: Data): NcsNotification[] {
  const type = calls[text(data.state)]
  if (type === undefined) return []
  const [device, ip4, ip6] = [data.device, data.ip4, data.ip6].map(text)
  const [ssh_host_key, ssh_key_alg] = [data.ssh_host_key, data.ssh_key_alg].map(text)
  const call_home = {
    type,
    port: count(data.port),
    ...(device !== '' && { device }),
    ...(ip6 === '' ? ({ af: AF_INET, ip4 } as const) : ({ af: AF_INET6, ip6 } as const)),
    ...(ssh_host_key !== '' && { ssh_host_key, ssh_key_alg }),
  }
  return [{ type: C.NCS_NOTIF_CALL_HOME_INFO, call_home }]
}

const queueStates: Record<string, number> = {
  waiting: C.NCS_CQ_ITEM_WAITING,
  executing: C.NCS_CQ_ITEM_EXECUTING,
  locked: C.NCS_CQ_ITEM_LOCKED,
  completed: C.NCS_CQ_ITEM_COMPLETED,
  failed: C.NCS_CQ_ITEM_FAILED,
  deleted: C.NCS_CQ_ITEM_DELETED,
}

function queueItem(data: Data): NcsNotification[] {
  const type = queueStates[text(data.state)]
  if (type === undefined) return []
  const [device, label, reason] = [text(data.device), text(data.step), text(data.reason)]
  const cq_progress = {
    type,
    timestamp: count(data.since),
    cq_id: count(data.id),
    ...(label !== '' && { label }),
    ...(type === C.NCS_CQ_ITEM_COMPLETED && { completed_devices: [device] }),
    ...(type === C.NCS_CQ_ITEM_LOCKED && { transient_devices: [device], transient_reasons: [reason] }),
    ...(type === C.NCS_CQ_ITEM_FAILED && { failed_devices: [device], failed_reasons: [reason] }),
  }
  return [{ type: C.NCS_NOTIF_CQ_PROGRESS, cq_progress }]
}

const upgrades: Record<string, number> = {
  'init-started': C.UPGRADE_INIT_STARTED,
  'init-succeeded': C.UPGRADE_INIT_SUCCEEDED,
  performed: C.UPGRADE_PERFORMED,
  committed: C.UPGRADE_COMMITED,
  aborted: C.UPGRADE_ABORTED,
}

/** A program that keeps logs in files rotates them when a reload begins, whether or not it succeeds. */
function upgrade({ phase }: Data): NcsNotification[] {
  const event = upgrades[text(phase)]
  if (event === undefined) return []
  const done: NcsNotification = { type: C.NOTIF_UPGRADE_EVENT, upgrade: { event } }
  if (event === C.UPGRADE_INIT_STARTED) return [{ type: C.NOTIF_REOPEN_LOGS }, done]
  return event === C.UPGRADE_COMMITED ? [done, { type: C.NCS_NOTIF_PACKAGE_RELOAD }] : [done]
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0
}
