import { z } from 'zod'
import { hostIn } from '../derivation.js'
import { defineTypes } from '../event-type.js'
import { repeatedField } from '../parsed-text.js'
import { count, schemaOf } from '../schema-of.js'

const numbers = () => z.array(count())

const variable = () =>
  z.object({
    type: z.int().meta({ description: 'Always 2, `SNMP_OID`.' }),
    oid: numbers(),
    value_type: z.int().meta({ description: '`SNMP_NULL` (0) … `SNMP_UNSIGNED32` (10).' }),
    value: z.string().meta({ description: 'The value as text; bytes that are no text as `0x…`.' }),
    bytes: z
      .string()
      .optional()
      .meta({ description: 'The value, if it is bytes that are no text.', contentEncoding: 'base64' }),
  })

const snmpNotification = () =>
  z.object({
    trap: z.string().meta({ description: 'Name of the trap, or its object identifier.' }),
    version: z.enum(['v1', 'v2c', 'v3']),
    pdu: z.enum(['trap', 'inform']),
    user: z.string().optional().meta({ description: 'The user of version 3.' }),
    context: z.string().optional(),
    oid: z.string().optional().meta({ description: 'Object identifier of the trap.' }),
    uptime: z.number().optional().meta({ description: 'Seconds since the sender started.' }),
    agent: z.string().optional().meta({
      description: 'The address that a trap of version 1 names, if it is not that of its sender.',
    }),
    fields: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .optional()
      .meta({ description: 'The variables by name, or by object identifier.' }),
    repeated: repeatedField(),
    cut: count().optional().meta({ description: 'Number of variables, if not all are included.' }),
    pdu_type: z
      .int()
      .meta({ description: '`SNMPA_PDU_V1TRAP` (1), `SNMPA_PDU_V2TRAP` (2), `SNMPA_PDU_INFORM` (3).' }),
    request_id: z.int(),
    error_status: z.int(),
    error_index: z.int(),
    port: z.int().meta({ description: 'The port from which it was sent.' }),
    af: z.int().meta({ description: '`AF_INET` (2) or `AF_INET6` (10).' }),
    ip4: z.string().optional().meta({ description: 'The address from which it was sent.' }),
    ip6: z.string().optional(),
    vb: z.array(variable()).meta({ description: 'The variables.' }),
    generic_trap: z.int().optional().meta({ description: 'Of version 1, as the following.' }),
    specific_trap: z.int().optional(),
    time_stamp: z.int().optional(),
    enterprise: numbers().optional(),
  })
type Data = z.infer<ReturnType<typeof snmpNotification>>
/** The event as published, with `bytes` as bytes. */
export type SnmpNotification = Omit<Data, 'vb'> & {
  vb: (Omit<Data['vb'][number], 'bytes'> & { bytes?: Uint8Array })[]
}

/** The events that the sources `snmp/<name>` publish. */
export const snmpTypes = defineTypes([
  {
    type: 'snmp.notification',
    tags: ['snmp/*/*/*'],
    summary: 'A trap or an inform of SNMP was received.',
    display: '{trap}[ {fields}][ (repeated {repeated} times)]',
    schema: () => schemaOf(snmpNotification()),
    correlation: ['data.ip4', 'data.ip6'],
    host: hostIn('tag.2'),
  },
])

declare module '../event-type.js' {
  interface EventTypes {
    'snmp.notification': SnmpNotification
  }
}
