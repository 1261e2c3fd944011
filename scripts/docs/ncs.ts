import { AUDIT_LOGNO } from '../../src/observers/ncs/own-notifications.js'
import * as events from '../../src/protocols/ncs/constants/events.js'
import * as library from '../../src/protocols/ncs/constants/library.js'
import { maskNames, PER_SUBSCRIBER } from '../../src/protocols/ncs/constants/mask.js'
import { kinds, type NotificationKind } from '../../src/protocols/ncs/notifications/kinds.js'
import { schemaOf } from '../../src/types/schema-of.js'

export function ncsReference(): string {
  return `# Notifications of NSO and ConfD

All types, keys and constants of \`tocsin/ncs\` and \`tocsin/confd\`. For instructions see [NSO and ConfD](../guide/nso.md), for the bytes [the native protocol](protocol.md#notification-sockets). This page is generated from the code.

## Types

A notification is a dictionary with its \`type\` and, for most types, one dictionary under a key. As an event it has the type as a bit of \`kind\`, the dictionary as its body, and a tag that begins with its name. Events of \`COMMIT_PROGRESS\` have the bit of \`PROGRESS\` too. Types that are marked with * are made for each subscriber and are not in the log.

| type | bit | key | event type | tag | waits with |
|---|---|---|---|---|---|
${kinds.map(typeRow).join('\n')}

\`DAEMON\` is also called \`SYSLOG\`. \`TAKEOVER_SYSLOG\` (4) changes \`DAEMON\` in a mask: [the hub writes no log of its own](../guide/nso.md#the-logs-of-the-hub) meanwhile.

## Keys

Keys with ? may be missing. Text has at most 65,536 characters, a name 1024, a list 10,000 entries.

${kinds.filter(isFirstOfKey).map(keysOf).join('\n')}
\`uinfo\` never has \`clearpass\`. Two keys have two spellings, and readers get both: \`cdb_initialized_by_copy\` and \`cb_initialized_by_copy\`, \`replay_error\` and \`error\`. \`tocsin/confd\` also gives the older keys: \`nomaster\`, \`slave_died\`, \`slave_arrived\` and \`beslave_result\` of \`hnot\`, \`database\` and \`thandle\` of \`progress\`.

## Numbers of audits

\`logno\` of an \`AUDIT\` that the hub itself publishes. \`DAEMON\` has 95 (\`EVENT_SOCKET_TIMEOUT\`) and 96 (\`EVENT_SOCKET_WRITE_BLOCK\`), as in NSO, and otherwise 0.

| logno | what happened | waits for \`AUDIT_SYNC\` |
|---|---|---|
${Object.entries(AUDIT_LOGNO).map(auditRow).join('\n')}

## Constants

| constant | value |
|---|---|
${[...Object.entries(events), ...Object.entries(library)].map(([name, value]) => `| \`${name}\` | ${value} |`).join('\n')}
`
}

const audits: Record<keyof typeof AUDIT_LOGNO, [what: string, waits?: string]> = {
  login: ['A session began: a connection, or a login.'],
  logout: ['It ended.'],
  loginRefused: ['Credentials were refused.'],
  denied: ['A call was refused, because the principal does not have the right.'],
  change: ['A call has changed something.', 'the call'],
  configuration: [
    'A call has edited, committed, confirmed, reverted or reloaded the configuration; or the hub itself has reverted a commit.',
    'the call',
  ],
  failed: ['A call that would have changed something has failed.'],
}

function auditRow([name, logno]: [string, number]): string {
  const [what, waits = ''] = audits[name as keyof typeof AUDIT_LOGNO]
  return `| ${logno} | ${what} | ${waits} |`
}

function typeRow({ type, name, key, gate }: NotificationKind): string {
  const own = (type & PER_SUBSCRIBER) !== 0
  const waits = gate === undefined ? '' : `\`${maskNames(gate.modifier)[0]}\``
  const cells = [
    `\`${name.toUpperCase()}\`${own ? ' *' : ''}`,
    String(type),
    key === undefined ? '' : `\`${key}\``,
    own ? '' : `\`ncs.${name}\``,
    `\`ncs/${name}\``,
    waits,
  ]
  return `| ${cells.join(' | ')} |`
}

function isFirstOfKey({ key }: NotificationKind, index: number): boolean {
  return key !== undefined && kinds.findIndex((kind) => kind.key === key) === index
}

interface Schema {
  type?: string
  description?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  enum?: unknown[]
}

function keysOf({ key, schema }: NotificationKind): string {
  const rows = rowsOf(schemaOf(schema!) as Schema, '')
  const types = kinds.filter((kind) => kind.key === key).map(({ name }) => `\`${name.toUpperCase()}\``)
  return `### ${key}\n\nOf ${types.join(', ')}.\n\n| key | value | |\n|---|---|---|\n${rows.join('\n')}\n`
}

function rowsOf({ properties = {}, required = [] }: Schema, before: string): string[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const name = `${before}${key}`
    const row = `| \`${name}\`${required.includes(key) ? '' : '?'} | ${valueText(schema)} | ${schema.description ?? ''} |`
    const inner = schema.properties === undefined ? schema.items : schema
    const sign = schema.properties === undefined ? '[].' : '.'
    return inner?.properties === undefined ? [row] : [row, ...rowsOf(inner, `${name}${sign}`)]
  })
}

function valueText({ type, items, enum: choices }: Schema): string {
  if (items !== undefined) return `list of ${valueText(items)}`
  if (choices !== undefined) return choices.map((choice) => `\`${String(choice)}\``).join(', ')
  return { object: 'dictionary', integer: 'number', string: 'text' }[type ?? ''] ?? type ?? 'any'
}
