import type * as C from '../constants/events.js'
import type * as P from './payloads.js'

/** The dictionaries of notifications, by the keys under which they stand. */
export interface NcsPayloads {
  audit: P.Value<typeof P.audit>
  syslog: P.Value<typeof P.syslog>
  commit: P.Value<typeof P.commit>
  commit_diff: P.Value<typeof P.commitDiff>
  user_sess: P.Value<typeof P.userSession>
  hnot: P.Value<typeof P.ha> & OlderHaKeys
  subagent: P.Value<typeof P.subagent>
  cfail: P.Value<typeof P.commitFailed>
  snmpa: P.Value<typeof P.snmpa>
  forward: P.Value<typeof P.forward>
  confirm: P.Value<typeof P.confirm>
  upgrade: P.Value<typeof P.upgrade>
  /** ConfD has called two keys otherwise. */
  progress: P.Value<typeof P.progress> & { database?: number; thandle?: number }
  stream: P.Value<typeof P.stream> & { error?: string }
  compaction: P.Value<typeof P.compaction>
  cq_progress: P.Value<typeof P.queueItem>
  call_home: P.Value<typeof P.callHome>
  audit_network: P.Value<typeof P.auditNetwork>
}

/** Keys of `hnot` in ConfD, beside the newer ones. The first of them is a spelling that NSO has too. */
interface OlderHaKeys {
  cb_initialized_by_copy?: number
  nomaster?: number
  slave_died?: P.NcsNode
  slave_arrived?: P.NcsNode
  beslave_result?: number
}

export type PayloadKey = keyof NcsPayloads

export type UserInfo = P.Value<typeof P.uinfo>
export type TransactionContext = P.Value<typeof P.tctx>

type With<Type extends number, Key extends PayloadKey> = {
  [T in Type]: { type: T } & Pick<NcsPayloads, Key>
}[Type]

type SyslogType =
  | typeof C.NOTIF_DAEMON
  | typeof C.NOTIF_NETCONF
  | typeof C.NOTIF_DEVEL
  | typeof C.NOTIF_JSONRPC
  | typeof C.NOTIF_WEBUI

type PlainType =
  | typeof C.NOTIF_HEARTBEAT
  | typeof C.NOTIF_HEALTH_CHECK
  | typeof C.NCS_NOTIF_PACKAGE_RELOAD
  | typeof C.NOTIF_REOPEN_LOGS
  | typeof C.NOTIF_SYSTEM_GOING_DOWN

/** A notification as `readNotification` returns it: its type, and one dictionary under the key of the type. */
export type NcsNotification =
  | With<typeof C.NOTIF_AUDIT, 'audit'>
  | With<SyslogType, 'syslog'>
  | With<typeof C.NOTIF_COMMIT_SIMPLE, 'commit'>
  | With<typeof C.NOTIF_COMMIT_DIFF, 'commit_diff'>
  | With<typeof C.NOTIF_USER_SESSION, 'user_sess'>
  | With<typeof C.NOTIF_HA_INFO, 'hnot'>
  | With<typeof C.NOTIF_SUBAGENT_INFO, 'subagent'>
  | With<typeof C.NOTIF_COMMIT_FAILED, 'cfail'>
  | With<typeof C.NOTIF_SNMPA, 'snmpa'>
  | With<typeof C.NOTIF_FORWARD_INFO, 'forward'>
  | With<typeof C.NOTIF_CONFIRMED_COMMIT, 'confirm'>
  | With<typeof C.NOTIF_UPGRADE_EVENT, 'upgrade'>
  | With<typeof C.NOTIF_COMMIT_PROGRESS | typeof C.NOTIF_PROGRESS, 'progress'>
  | With<typeof C.NOTIF_STREAM_EVENT, 'stream'>
  | With<typeof C.NOTIF_COMPACTION, 'compaction'>
  | With<typeof C.NCS_NOTIF_CQ_PROGRESS, 'cq_progress'>
  | With<typeof C.NCS_NOTIF_CALL_HOME_INFO, 'call_home'>
  | With<typeof C.NCS_NOTIF_AUDIT_NETWORK, 'audit_network'>
  | { type: PlainType }
export type NotificationType = NcsNotification['type']
