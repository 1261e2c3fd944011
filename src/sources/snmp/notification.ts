import { isUtf8 } from 'node:buffer'
import { isIP } from 'node:net'
import type { Pdu, Varbind } from 'net-snmp'
import { AF_INET, AF_INET6 } from '../../protocols/ncs/constants/address-families.js'
import * as L from '../../protocols/ncs/constants/library.js'
import type { SnmpNotification } from '../../types/host/snmp.js'
import type { Header } from './header.js'
import type { ObjectNames } from './names.js'

const TRAP_OID = '1.3.6.1.6.3.1.1.4.1.0'
const UPTIME_OID = '1.3.6.1.2.1.1.3.0'
/** It has the community of a message that was passed on. */
const COMMUNITY_OID = '1.3.6.1.6.3.18.1.4.0'
const STANDARD_TRAPS = '1.3.6.1.6.3.1.1.5'
const ENTERPRISE_SPECIFIC = 6
const TICKS_PER_SECOND = 100

const MAX_VARIABLES = 1_000
/** Values that are no text are written with two digits a byte. */
const MAX_HEX_BYTES = 16 * 1024

/** The tags of BER, and the types that NSO gives them. */
const valueTypes: Record<number, number> = {
  2: L.SNMP_INTEGER,
  4: L.SNMP_OCTET_STRING,
  6: L.SNMP_OBJECT_IDENTIFIER,
  64: L.SNMP_IPADDRESS,
  65: L.SNMP_COUNTER32,
  66: L.SNMP_UNSIGNED32,
  67: L.SNMP_TIMETICKS,
  68: L.SNMP_OPAQUE,
  70: L.SNMP_COUNTER64,
}
const COUNTER64 = 70

export interface Received {
  pdu: Pdu
  isInform: boolean
  header: Header
  peer: string
  port: number
}

/** The data of the event of a trap or an inform. Its keys with `_` are those of SNMPA in NSO. */
export function notificationOf(received: Received, names: ObjectNames): SnmpNotification {
  const { pdu, isInform, header, peer, port } = received
  const oid = trapOid(pdu)
  const variables = pdu.varbinds.slice(0, MAX_VARIABLES)
  const isV4 = isIP(peer) !== 6
  const ticks = pdu.upTime ?? variables.find((each) => each.oid === UPTIME_OID)?.value
  return {
    trap: (oid && names.of(oid)) ?? oid ?? '-',
    version: header.version,
    pdu: isInform ? 'inform' : 'trap',
    ...(header.version === 'v3' && { user: header.user }),
    ...(pdu.contextName && { context: pdu.contextName }),
    ...(oid !== undefined && { oid }),
    ...(typeof ticks === 'number' && { uptime: ticks / TICKS_PER_SECOND }),
    ...(pdu.agentAddr !== undefined && pdu.agentAddr !== peer && { agent: pdu.agentAddr }),
    ...fieldsOf(variables, names),
    pdu_type: pduType(pdu, isInform),
    request_id: pdu.id ?? 0,
    error_status: 0,
    error_index: 0,
    port,
    af: isV4 ? AF_INET : AF_INET6,
    ...(isV4 ? { ip4: peer } : { ip6: peer.replace(/%.*$/, '') }),
    vb: variables.map(variableOf),
    ...(pdu.varbinds.length > MAX_VARIABLES && { cut: pdu.varbinds.length }),
    ...trapOfV1(pdu),
  }
}

function pduType({ enterprise }: Pdu, isInform: boolean): number {
  if (isInform) return L.SNMPA_PDU_INFORM
  return enterprise === undefined ? L.SNMPA_PDU_V2TRAP : L.SNMPA_PDU_V1TRAP
}

function trapOfV1({ enterprise, generic = 0, specific = 0, upTime = 0 }: Pdu) {
  if (enterprise === undefined) return {}
  return {
    generic_trap: generic,
    specific_trap: specific,
    time_stamp: upTime,
    enterprise: numbersOf(enterprise),
  }
}

/** RFC 3584, section 3.1, for version 1. */
function trapOid({ enterprise, generic = 0, specific = 0, varbinds }: Pdu): string | undefined {
  if (enterprise === undefined) {
    const value = varbinds.find(({ oid }) => oid === TRAP_OID)?.value
    return typeof value === 'string' ? value : undefined
  }
  if (generic === ENTERPRISE_SPECIFIC) return `${enterprise}.0.${specific}`
  return `${STANDARD_TRAPS}.${generic + 1}`
}

/** The values by name, for filters. A name that comes twice has its instance. */
function fieldsOf(
  variables: readonly Varbind[],
  names: ObjectNames,
): { fields?: SnmpNotification['fields'] } {
  const fields = new Map<string, string | number>()
  for (const variable of variables) {
    const { oid } = variable
    if (oid === UPTIME_OID || oid === TRAP_OID || oid === COMMUNITY_OID) continue
    const { name, instance = '' } = names.ofVariable(oid) ?? { name: oid }
    fields.set(fields.has(name) ? `${name}.${instance}` : name, fieldOf(variable, names))
  }
  return fields.size === 0 ? {} : { fields: Object.fromEntries(fields) }
}

function fieldOf({ type, value, oid }: Varbind, names: ObjectNames): string | number {
  if (typeof value === 'number') return value
  if (type === COUNTER64 && Buffer.isBuffer(value)) {
    const counted = counter64(value)
    return counted <= Number.MAX_SAFE_INTEGER ? Number(counted) : String(counted)
  }
  const text = textOf({ type, value, oid })
  return valueTypes[type] === L.SNMP_OBJECT_IDENTIFIER ? (names.of(text) ?? text) : text
}

function variableOf(variable: Varbind): NonNullable<SnmpNotification['vb']>[number] {
  const { oid, type, value } = variable
  const isSecret = oid === COMMUNITY_OID
  const text = isSecret ? '' : textOf(variable)
  return {
    type: L.SNMP_OID,
    oid: numbersOf(oid),
    value_type: valueTypes[type] ?? L.SNMP_NULL,
    value: text,
    ...(Buffer.isBuffer(value) && isHex(text, value, type) && !isSecret && { bytes: Uint8Array.from(value) }),
  }
}

/** NSO gives every value as text. */
function textOf({ type, value }: Varbind): string {
  if (value === null || value === undefined) return ''
  if (!Buffer.isBuffer(value)) return String(value)
  if (type === COUNTER64) return String(counter64(value))
  if (isPrintable(value)) return value.toString('utf8')
  return `0x${value.subarray(0, MAX_HEX_BYTES).toString('hex')}${value.length > MAX_HEX_BYTES ? '…' : ''}`
}

function isHex(text: string, value: Buffer, type: number): boolean {
  return type !== COUNTER64 && text.startsWith('0x') && !isPrintable(value)
}

function isPrintable(bytes: Buffer): boolean {
  return isUtf8(bytes) && !/[^\P{Cc}\t\n\r]/u.test(bytes.toString('utf8'))
}

/** Up to nine bytes, of which the first is then zero. */
function counter64(bytes: Buffer): bigint {
  return bytes.length === 0 ? 0n : BigInt.asUintN(64, BigInt(`0x${bytes.toString('hex')}`))
}

function numbersOf(oid: string): number[] {
  return oid.split('.').map(Number)
}
