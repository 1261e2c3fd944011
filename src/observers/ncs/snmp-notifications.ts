import { hostname } from 'node:os'
import type { Event } from '../../event/event.js'
import { tagSegment } from '../../event/tag.js'
import * as C from '../../protocols/ncs/constants/events.js'
import type { NcsNotification, NcsPayloads } from '../../protocols/ncs/notifications/notification.js'
import type { SnmpNotification } from '../../types/host/snmp.js'

/** The events of sources `snmp/<name>`. Of hubs that share a log, each makes the notifications of its own sources. */
export const SNMP_FILTER = {
  all: [{ prefix: { tag: 'snmp/' } }, { prefix: { source: `host/${tagSegment(hostname())}/snmp/` } }],
}

/** The notification of what a source has received. */
export function snmpNotificationOf({ data }: Pick<Event, 'data'>): NcsNotification {
  const received = data as SnmpNotification
  return { type: C.NOTIF_SNMPA, snmpa: { ...picked(received), vb: received.vb.map(variableOf) } }
}

/** The dictionary has the keys of the vendor only. */
function picked(received: SnmpNotification): Omit<NcsPayloads['snmpa'], 'vb'> {
  const { pdu_type, request_id, error_status, error_index, port, af, ip4, ip6 } = received
  const { generic_trap, specific_trap, time_stamp, enterprise } = received
  return defined({
    pdu_type,
    request_id,
    error_status,
    error_index,
    port,
    af: af as NcsPayloads['snmpa']['af'],
    ip4,
    ip6,
    generic_trap,
    specific_trap,
    time_stamp,
    enterprise,
  })
}

function variableOf({ type, oid, value_type, value }: SnmpNotification['vb'][number]) {
  return { type, oid, value_type, value }
}

function defined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T
}
