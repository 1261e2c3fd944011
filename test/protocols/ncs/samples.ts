import { AF_INET, AF_INET6, AF_UNSPEC } from '../../../src/protocols/ncs/constants/address-families.js'
import * as C from '../../../src/protocols/ncs/constants/events.js'
import * as L from '../../../src/protocols/ncs/constants/library.js'
import type { NcsNotification, UserInfo } from '../../../src/protocols/ncs/notifications/notification.js'
import { deepFreeze } from '../../helpers/deep-freeze.js'

export const uinfo: UserInfo = {
  username: 'admin',
  usid: 12,
  context: 'cli',
  proto: L.PROTO_SSH,
  addr: '192.0.2.7',
  af: AF_INET,
  port: 50022,
  logintime: 1_700_000_000,
  lmode: L.USESS_LOCK_MODE_NONE,
  flags: 0,
}

const line = { prio: 14, logno: 3, msg: 'started' }
const progress = {
  type: L.PROGRESS_STOP,
  timestamp: 1_700_000_000_000_000,
  duration: 250,
  trace_id: 'a1b2',
  span_id: '0011223344556677',
  parent_span_id: '0011223344556600',
  usid: 12,
  tid: 77,
  datastore: L.RUNNING,
  context: 'cli',
  subsystem: 'cdb',
  msg: 'applying',
  annotation: 'ok',
  num_attributes: 2,
  attributes: [
    { name: 'service', type: C.PROGRESS_ATTRIBUTE_STRING, string: 'vpn' },
    { name: 'tries', type: C.PROGRESS_ATTRIBUTE_NUMBER, number: 3 },
  ],
  num_links: 1,
  links: [{ trace_id: 'c3d4', span_id: '8899aabbccddeeff' }],
}

/** One notification of every type, with all of its keys, and further ones where keys exclude each other. */
export const samples: readonly NcsNotification[] = deepFreeze([
  { type: C.NOTIF_AUDIT, audit: { logno: 7, user: 'admin', msg: 'logged in', usid: 12 } },
  { type: C.NOTIF_DAEMON, syslog: line },
  { type: C.NOTIF_NETCONF, syslog: line },
  { type: C.NOTIF_DEVEL, syslog: line },
  { type: C.NOTIF_JSONRPC, syslog: line },
  { type: C.NOTIF_WEBUI, syslog: line },
  { type: C.NOTIF_COMMIT_SIMPLE, commit: { database: L.RUNNING, diff_available: true, flags: 0, uinfo } },
  {
    type: C.NOTIF_COMMIT_DIFF,
    commit_diff: {
      database: L.RUNNING,
      flags: C.NOTIF_COMMIT_FLAG_CONFIRMED,
      uinfo,
      tctx: { thandle: 77, dbname: L.RUNNING, usid: 12 },
      label: 'nightly',
      comment: 'rotate keys',
    },
  },
  { type: C.NOTIF_USER_SESSION, user_sess: { type: C.USER_SESS_START, uinfo, database: L.NO_DB } },
  { type: C.NOTIF_HA_INFO, hnot: { type: C.HA_INFO_NOPRIMARY, noprimary: L.ERR_HA_CLOSED } },
  {
    type: C.NOTIF_HA_INFO,
    hnot: { type: C.HA_INFO_SECONDARY_DIED, secondary_died: { nodeid: 'n2', af: AF_INET, ip4: '192.0.2.2' } },
  },
  {
    type: C.NOTIF_HA_INFO,
    hnot: {
      type: C.HA_INFO_SECONDARY_ARRIVED,
      secondary_arrived: { nodeid: 'n3', af: AF_UNSPEC, str: 'n3.example' },
    },
  },
  {
    type: C.NOTIF_HA_INFO,
    hnot: {
      type: C.HA_INFO_SECONDARY_ARRIVED,
      secondary_arrived: { nodeid: 'n4', af: AF_INET6, ip6: '2001:db8::4' },
    },
  },
  { type: C.NOTIF_HA_INFO, hnot: { type: C.HA_INFO_SECONDARY_INITIALIZED, cdb_initialized_by_copy: 1 } },
  { type: C.NOTIF_HA_INFO, hnot: { type: C.HA_INFO_IS_NONE } },
  { type: C.NOTIF_HA_INFO, hnot: { type: C.HA_INFO_BESECONDARY_RESULT, besecondary_result: 0 } },
  { type: C.NOTIF_SUBAGENT_INFO, subagent: { type: C.SUBAGENT_INFO_UP, name: 'edge' } },
  {
    type: C.NOTIF_COMMIT_FAILED,
    cfail: { provider: C.DP_NETCONF, dbname: L.RUNNING, port: 830, af: AF_INET6, ip6: '2001:db8::1' },
  },
  {
    type: C.NOTIF_COMMIT_FAILED,
    cfail: { provider: C.DP_NETCONF, dbname: L.RUNNING, port: 830, af: AF_INET, ip4: '192.0.2.1' },
  },
  {
    type: C.NOTIF_COMMIT_FAILED,
    cfail: { provider: C.DP_EXTERNAL, dbname: L.RUNNING, daemon_name: 'dhcpd' },
  },
  {
    type: C.NOTIF_SNMPA,
    snmpa: {
      pdu_type: L.SNMPA_PDU_V1TRAP,
      request_id: 1,
      error_status: 0,
      error_index: 0,
      port: 161,
      af: AF_INET,
      ip4: '192.0.2.9',
      vb: [{ type: L.SNMP_OID, oid: [1, 3, 6, 1], value_type: L.SNMP_OCTET_STRING, value: 'up' }],
      generic_trap: 3,
      specific_trap: 0,
      time_stamp: 99,
      enterprise: [1, 3, 6, 1, 4, 1],
    },
  },
  {
    type: C.NOTIF_SNMPA,
    snmpa: {
      pdu_type: L.SNMPA_PDU_GET_REQUEST,
      request_id: 2,
      error_status: 0,
      error_index: 0,
      port: 161,
      af: AF_INET6,
      ip6: '2001:db8::9',
    },
  },
  { type: C.NOTIF_FORWARD_INFO, forward: { type: C.FORWARD_INFO_UP, target: 'node1', uinfo } },
  { type: C.NOTIF_CONFIRMED_COMMIT, confirm: { type: C.CONFIRMED_COMMIT, timeout: 600, uinfo } },
  { type: C.NOTIF_UPGRADE_EVENT, upgrade: { event: C.UPGRADE_COMMITED } },
  { type: C.NOTIF_COMMIT_PROGRESS, progress },
  { type: C.NOTIF_PROGRESS, progress },
  {
    type: C.NOTIF_COMPACTION,
    compaction: {
      dbfile: C.COMPACTION_O_CDB,
      type: C.COMPACTION_AUTOMATIC,
      fsize_start: 4_000_000,
      fsize_end: 1_000_000,
      fsize_last: 900_000,
      time_start: 1_700_000_000_000_000,
      duration: 12_000,
      ntrans: 45,
    },
  },
  {
    type: C.NCS_NOTIF_CQ_PROGRESS,
    cq_progress: {
      type: C.NCS_CQ_ITEM_FAILED,
      timestamp: 1_700_000_000_000_000,
      cq_id: 1_700_000_000_123,
      cq_tag: 'tag',
      label: 'label',
      completed_devices: ['r1'],
      transient_devices: ['r2'],
      transient_reasons: ['timeout'],
      failed_devices: ['r3'],
      failed_reasons: ['refused'],
      completed_services: ['/vpn[a]'],
      completed_services_completed_devices: [['r1']],
      failed_services: ['/vpn[b]'],
      failed_services_completed_devices: [['r1']],
      failed_services_failed_devices: [['r3']],
      trace_id: 'a1b2',
    },
  },
  {
    type: C.NCS_NOTIF_CALL_HOME_INFO,
    call_home: {
      type: C.CALL_HOME_DEVICE_CONNECTED,
      device: 'r1',
      af: AF_INET,
      ip4: '192.0.2.4',
      port: 4334,
      ssh_host_key: 'AAAA',
      ssh_key_alg: 'ssh-ed25519',
    },
  },
  {
    type: C.NCS_NOTIF_CALL_HOME_INFO,
    call_home: { type: C.CALL_HOME_UNKNOWN_DEVICE, af: AF_INET6, ip6: '2001:db8::4', port: 4334 },
  },
  {
    type: C.NCS_NOTIF_AUDIT_NETWORK,
    audit_network: { usid: 12, tid: 77, user: 'admin', device: 'r1', trace_id: 'a1b2', config: '<config/>' },
  },
  { type: C.NCS_NOTIF_PACKAGE_RELOAD },
  { type: C.NOTIF_REOPEN_LOGS },
  { type: C.NOTIF_SYSTEM_GOING_DOWN },
])

/** Those that only the hub makes, for one subscriber each. */
export const ownSamples: readonly NcsNotification[] = deepFreeze([
  { type: C.NOTIF_HEARTBEAT },
  { type: C.NOTIF_HEALTH_CHECK },
  {
    type: C.NOTIF_STREAM_EVENT,
    stream: {
      type: C.STREAM_NOTIFICATION_EVENT,
      event_time: '2026-11-21T09:00:00.000001Z',
      values: [{ ns: 'http://example.com/if', tag: 'link-down', kind: 'empty' }],
    },
  },
  { type: C.NOTIF_STREAM_EVENT, stream: { type: C.STREAM_REPLAY_FAILED, replay_error: 'expired' } },
])
