import { type SeverityName, severityNames } from '../../../event/severity.js'
import { type Derivation, hostIn } from '../../../types/derivation.js'
import { defineTypes, type JsonSchema } from '../../../types/event-type.js'
import { schemaOf } from '../../../types/schema-of.js'
import { PER_SUBSCRIBER } from '../constants/mask.js'
import { kinds, type NotificationKind } from '../notifications/kinds.js'
import type { NcsPayloads, PayloadKey } from '../notifications/notification.js'

/** The template of each notification for one line. Numbers are those of the constants. */
const displays: Record<PayloadKey, string> = {
  audit: '{user}[, session {usid|nonzero}]: {msg}',
  syslog: '{msg}',
  commit: 'by {uinfo.username}[, session {uinfo.usid|nonzero}]',
  commit_diff: 'by {uinfo.username}, transaction {tctx.thandle}[, {label}][: {comment}]',
  user_sess: '{uinfo.username}[, session {uinfo.usid|nonzero}], {uinfo.context}[ from {uinfo.addr}]',
  hnot: '[{secondary_arrived.nodeid}][{secondary_died.nodeid}][error {noprimary}]',
  subagent: '{name}',
  cfail: 'provider {provider}[ {daemon_name}][ {ip4}][ {ip6}]',
  snmpa: 'request {request_id}[ from {ip4}][ from {ip6}], error {error_status}',
  forward: '{target}, {uinfo.username}',
  confirm: 'by {uinfo.username}[, within {timeout|nonzero} s]',
  upgrade: 'phase {event}',
  progress: '[{subsystem}: ][{msg}][, {annotation}][, {duration|micros}]',
  stream: 'type {type}',
  compaction: '{fsize_start|bytes} to {fsize_end|bytes}, {ntrans} transactions',
  cq_progress: 'item {cq_id}[, {cq_tag}][, completed {completed_devices}][, failed {failed_devices}]',
  call_home: '[{device} ][{ip4}][{ip6}] port {port}',
  audit_network: '{user} to {device}[, session {usid|nonzero}]',
}

const correlations: Partial<Record<PayloadKey, string[]>> = {
  audit: ['data.usid'],
  commit_diff: ['data.tctx.thandle'],
  progress: ['data.trace_id', 'data.tid'],
  cq_progress: ['data.cq_id'],
  audit_network: ['data.trace_id', 'data.device'],
}

/** Priorities of syslog are a facility and a severity. */
const syslogPriority: Derivation<SeverityName> = {
  fields: ['data.prio'],
  read: (field) => {
    const priority = field(0)
    return typeof priority === 'number' ? severityNames[priority & 7] : undefined
  },
}

const empty: JsonSchema = { type: 'object', properties: {} }

/** The notifications of NSO and ConfD that are events of the bus: all but those made for one subscriber. */
export const ncsTypes = defineTypes(
  kinds.filter(({ type }) => (type & PER_SUBSCRIBER) === 0).map((kind) => typeOfKind(kind)),
)

function typeOfKind(kind: NotificationKind) {
  const { name, key, summary } = kind
  return {
    type: `ncs.${name}`,
    tags: [`ncs/${name}`, `ncs/${name}/**`],
    summary,
    ...(key && { display: displays[key] }),
    schema: key === undefined ? empty : () => schemaOf(kind.schema!),
    ...(key === 'syslog' && { severity: syslogPriority }),
    host: hostIn('data.device'),
    ...(correlations[key as PayloadKey] && { correlation: correlations[key as PayloadKey] }),
  }
}

declare module '../../../types/event-type.js' {
  interface EventTypes {
    'ncs.audit': NcsPayloads['audit']
    'ncs.daemon': NcsPayloads['syslog']
    'ncs.commit_simple': NcsPayloads['commit']
    'ncs.commit_diff': NcsPayloads['commit_diff']
    'ncs.user_session': NcsPayloads['user_sess']
    'ncs.ha_info': NcsPayloads['hnot']
    'ncs.subagent_info': NcsPayloads['subagent']
    'ncs.commit_failed': NcsPayloads['cfail']
    'ncs.snmpa': NcsPayloads['snmpa']
    'ncs.forward_info': NcsPayloads['forward']
    'ncs.netconf': NcsPayloads['syslog']
    'ncs.devel': NcsPayloads['syslog']
    'ncs.confirmed_commit': NcsPayloads['confirm']
    'ncs.upgrade_event': NcsPayloads['upgrade']
    'ncs.commit_progress': NcsPayloads['progress']
    'ncs.package_reload': Record<string, never>
    'ncs.cq_progress': NcsPayloads['cq_progress']
    'ncs.reopen_logs': Record<string, never>
    'ncs.progress': NcsPayloads['progress']
    'ncs.call_home_info': NcsPayloads['call_home']
    'ncs.jsonrpc': NcsPayloads['syslog']
    'ncs.webui': NcsPayloads['syslog']
    'ncs.audit_network': NcsPayloads['audit_network']
    'ncs.compaction': NcsPayloads['compaction']
    'ncs.system_going_down': Record<string, never>
  }
}
