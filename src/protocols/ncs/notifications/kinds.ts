import type { z } from 'zod'
import * as C from '../constants/events.js'
import { constantName } from '../constants/names.js'
import type { NcsPayloads, NotificationType, PayloadKey } from './notification.js'
import * as P from './payloads.js'

/** The definition of one type of notification. */
export interface NotificationKind {
  readonly type: NotificationType
  /** Its name in tags and event types: `ncs/commit_diff`, `ncs.commit_diff`. */
  readonly name: string
  /** The key of its dictionary; undefined for a type without one. */
  readonly key?: PayloadKey
  readonly schema?: z.ZodObject
  /** The bit with which subscribers ask to be waited for, and the gate that then waits for them. */
  readonly gate?: { readonly name: string; readonly modifier: number }
  /** Returns the part of the tag after the name. */
  readonly detail?: (payload: never) => string | undefined
  /** Other types that its events have too. */
  readonly also?: number
  readonly summary: string
}

function kind<Key extends PayloadKey>(
  type: NotificationType,
  name: string,
  key: Key,
  schemaOf: () => z.ZodObject,
  summary: string,
  more: {
    gate?: NotificationKind['gate']
    also?: number
    detail?: (payload: NcsPayloads[Key]) => string | undefined
  } = {},
): NotificationKind {
  return {
    type,
    name,
    key,
    get schema() {
      return schemaOf()
    },
    summary,
    ...more,
  }
}

const database = (value: number) => constantName('database', value)?.toLowerCase()
const lower = (name: string | undefined, prefix: string) => name?.replace(prefix, '').toLowerCase()

/** Every type of notification, by rising bit. */
export const kinds: readonly NotificationKind[] = [
  kind(C.NOTIF_AUDIT, 'audit', 'audit', P.audit, 'Somebody logged in, was refused or changed something.', {
    gate: { name: 'ncs/audit', modifier: C.NOTIF_AUDIT_SYNC },
    detail: ({ user }) => user,
  }),
  kind(C.NOTIF_DAEMON, 'daemon', 'syslog', P.syslog, 'A line of the log of the program itself.'),
  kind(C.NOTIF_COMMIT_SIMPLE, 'commit_simple', 'commit', P.commit, 'The configuration has changed.', {
    detail: (payload) => database(payload.database),
  }),
  kind(
    C.NOTIF_COMMIT_DIFF,
    'commit_diff',
    'commit_diff',
    P.commitDiff,
    'The configuration changes, and the transaction waits until the difference was read.',
    {
      // Every subscriber of this type has to answer: no bit of its own asks for that.
      gate: { name: 'ncs/commit', modifier: C.NOTIF_COMMIT_DIFF },
      detail: (payload) => database(payload.database),
    },
  ),
  kind(
    C.NOTIF_USER_SESSION,
    'user_session',
    'user_sess',
    P.userSession,
    'A user session, its lock or its transaction began or ended.',
    { detail: ({ type }) => lower(constantName('userSession', type), 'USER_SESS_') },
  ),
  kind(C.NOTIF_HA_INFO, 'ha_info', 'hnot', P.ha, 'The state of high availability has changed.', {
    gate: { name: 'ncs/ha', modifier: C.NOTIF_HA_INFO_SYNC },
    detail: ({ type }) => lower(constantName('ha', type), 'HA_INFO_'),
  }),
  kind(
    C.NOTIF_SUBAGENT_INFO,
    'subagent_info',
    'subagent',
    P.subagent,
    'The connection to a subagent was lost or is back.',
    { detail: ({ name }) => name },
  ),
  kind(
    C.NOTIF_COMMIT_FAILED,
    'commit_failed',
    'cfail',
    P.commitFailed,
    'A part failed in the second phase of a commit.',
    { detail: ({ dbname }) => database(dbname) },
  ),
  kind(C.NOTIF_SNMPA, 'snmpa', 'snmpa', P.snmpa, 'A message of SNMP was processed.', {
    detail: ({ pdu_type }) => lower(constantName('pdu', pdu_type), 'SNMPA_PDU_'),
  }),
  kind(
    C.NOTIF_FORWARD_INFO,
    'forward_info',
    'forward',
    P.forward,
    'A session was passed on, has ended or was refused there.',
    { detail: ({ target }) => target },
  ),
  kind(C.NOTIF_NETCONF, 'netconf', 'syslog', P.syslog, 'A line of the log of NETCONF.'),
  kind(C.NOTIF_DEVEL, 'devel', 'syslog', P.syslog, 'A line of the log for developers.'),
  { type: C.NOTIF_HEARTBEAT, name: 'heartbeat', summary: 'The program runs.' },
  kind(
    C.NOTIF_CONFIRMED_COMMIT,
    'confirmed_commit',
    'confirm',
    P.confirm,
    'A commit that needs to be confirmed began, was confirmed or was taken back.',
    { detail: ({ type }) => constantName('confirm', type)?.toLowerCase() },
  ),
  kind(C.NOTIF_UPGRADE_EVENT, 'upgrade_event', 'upgrade', P.upgrade, 'A phase of an upgrade is done.', {
    detail: ({ event }) => lower(constantName('upgrade', event), 'UPGRADE_'),
  }),
  kind(
    C.NOTIF_COMMIT_PROGRESS,
    'commit_progress',
    'progress',
    P.progress,
    'A step of a transaction began or ended.',
    { also: C.NOTIF_PROGRESS, detail: ({ subsystem }) => subsystem },
  ),
  { type: C.NOTIF_HEALTH_CHECK, name: 'health_check', summary: 'Log, bus and faces answered.' },
  kind(C.NOTIF_STREAM_EVENT, 'stream_event', 'stream', P.stream, 'An event of a named stream.'),
  { type: C.NCS_NOTIF_PACKAGE_RELOAD, name: 'package_reload', summary: 'The packages were loaded again.' },
  kind(
    C.NCS_NOTIF_CQ_PROGRESS,
    'cq_progress',
    'cq_progress',
    P.queueItem,
    'An item of the commit queue has another state.',
    { detail: ({ type }) => lower(constantName('queueItem', type), 'NCS_CQ_ITEM_') },
  ),
  { type: C.NOTIF_REOPEN_LOGS, name: 'reopen_logs', summary: 'The logs are closed and opened again.' },
  kind(C.NOTIF_PROGRESS, 'progress', 'progress', P.progress, 'A step of some work began or ended.', {
    detail: ({ subsystem }) => subsystem,
  }),
  kind(C.NCS_NOTIF_CALL_HOME_INFO, 'call_home_info', 'call_home', P.callHome, 'A device called home.', {
    detail: ({ device }) => device,
  }),
  kind(C.NOTIF_JSONRPC, 'jsonrpc', 'syslog', P.syslog, 'A line of the log of calls to the API.'),
  kind(C.NOTIF_WEBUI, 'webui', 'syslog', P.syslog, 'A line of the log of the web interface.'),
  kind(
    C.NCS_NOTIF_AUDIT_NETWORK,
    'audit_network',
    'audit_network',
    P.auditNetwork,
    'Configuration was sent to a device.',
    {
      gate: { name: 'ncs/audit-network', modifier: C.NCS_NOTIF_AUDIT_NETWORK_SYNC },
      detail: ({ device }) => device,
    },
  ),
  kind(C.NOTIF_COMPACTION, 'compaction', 'compaction', P.compaction, 'The log was compacted.', {
    detail: ({ dbfile }) => lower(constantName('compactionFile', dbfile), 'COMPACTION_'),
  }),
  { type: C.NOTIF_SYSTEM_GOING_DOWN, name: 'system_going_down', summary: 'The program stops.' },
]

const byType = new Map<number, NotificationKind>(kinds.map((kind) => [kind.type, kind]))

export function kindOf(type: number): NotificationKind | undefined {
  return byType.get(type)
}

/** The same for the type of a notification, which always has a kind. */
export function kindOfNotification({ type }: { readonly type: number }): NotificationKind {
  const kind = byType.get(type)
  if (kind === undefined) throw new TypeError(`there is no notification of the type ${type}`)
  return kind
}
