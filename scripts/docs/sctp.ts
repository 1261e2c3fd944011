import { constants } from '../../src/protocols/sctp/index.js'
import type { Field, Kind } from '../../src/protocols/sctp/notifications/layouts.js'
import { namedFields } from '../../src/protocols/sctp/notifications/names.js'
import type { NotificationName } from '../../src/protocols/sctp/notifications/notification.js'
import { fieldTexts, notificationTexts } from '../../src/protocols/sctp/types/index.js'
import { layoutsByPlatform } from '../../src/protocols/sctp/types/schema.js'
import { sectionOf } from './sctp-sections.js'

const { linux, freebsd } = constants as Record<string, Readonly<Record<string, number>>>
const notifications = Object.keys(notificationTexts) as NotificationName[]

export function sctpReference(): string {
  return `# SCTP notifications

All keys and constants of \`tocsin/sctp\`. For instructions see [SCTP notifications](../guide/sctp.md). FreeBSD includes the usrsctp library, which is derived from its stack. This page is generated from the layouts and constants of the code.

## Notifications of each platform

| notification | event type | Linux | FreeBSD | described in |
|---|---|---|---|---|
${notifications.map(overviewRow).join('\n')}

The numbers are values of \`sn_type\`. If a socket subscribes to both \`SCTP_SEND_FAILED\` and \`SCTP_SEND_FAILED_EVENT\`, Linux sends both and FreeBSD only the second. Neither stack sends \`SCTP_NOTIFICATIONS_STOPPED_EVENT\`.

${notifications.map(describe).join('\n')}
## Constants

\`–\` means that the platform does not define the constant; \`tocsin/sctp\` then exports \`undefined\`.

| constant | Linux | FreeBSD | described in |
|---|---|---|---|
${constantNames().map(constantRow).join('\n')}
`
}

function overviewRow(name: NotificationName): string {
  const { rfc, section } = notificationTexts[name]
  const type = `sctp.${name.replace('SCTP_', '').toLowerCase()}`
  const cells = [
    `[\`${name}\`](#${name.toLowerCase()})`,
    `\`${type}\``,
    number(linux[name]),
    number(freebsd[name]),
  ]
  return `| ${cells.join(' | ')} | RFC ${rfc} section ${section} |`
}

function describe(name: NotificationName): string {
  const { summary, rfc, section } = notificationTexts[name]
  const [all, ofLinux] = layoutsByPlatform(name)
  const own = new Map(ofLinux.fields.map(({ key, kind }) => [key, kindText(kind)]))
  const keys = all.fields.map(({ key, kind }) => {
    const [here, onLinux] = [kindText(kind), own.get(key)]
    const kinds = onLinux === undefined || onLinux === here ? here : `${onLinux} (FreeBSD: ${here})`
    return keyRow(key, kinds, own.has(key))
  })
  if (all.tail) keys.push(keyRow(all.tail.key, all.tail.kind === 'u16s' ? 'list of u16' : 'bytes', true))
  const prefix = all.fields.find(({ key }) => key.endsWith('_error'))?.key.replace('_error', '')
  if (`${prefix}_cause` in fieldTexts) keys.push(keyRow(`${prefix}_cause`, '`{ code, name }`', true))
  const structs = all.fields.filter(({ kind }) => Array.isArray(kind)).map(structText)
  return `## ${name}

${summary} RFC ${rfc} section ${section}.

| key | type | meaning |
|---|---|---|
| \`sn_type\` | u16 | ${fieldTexts.sn_type} |
${keys.join('\n')}
${structs.join('')}`
}

function keyRow(key: string, kind: string, onLinux: boolean): string {
  const text = fieldTexts[key] ?? (key.endsWith('_assoc_id') ? 'Association id.' : '')
  const named = namedFields[key]?.map((name) => `\`${name}\``).join(', ')
  const words = [text, named && `One of ${named}.`, onLinux ? '' : 'FreeBSD only.']
  return `| \`${key}\` | ${kind} | ${words.filter(Boolean).join(' ')} |`
}

function structText({ key, kind }: Field): string {
  const fields = (kind as Field[]).map(
    (field) => `\`${field.key}\`${field.optional ? ' (FreeBSD only)' : ''}`,
  )
  return `\nThe object \`${key}\` has the keys ${fields.join(', ')}.\n`
}

function kindText(kind: Kind): string {
  if (Array.isArray(kind)) return 'object'
  if (kind === 'address') return '`[host, port]`, `[host, port, flowinfo, scopeId]`'
  if (kind === 'id') return 'association'
  if (kind === 'u32' || kind === 'addressState') return 'u32'
  return 'u16'
}

function constantNames(): string[] {
  return [...new Set([...Object.keys(linux), ...Object.keys(freebsd)])].sort()
}

function constantRow(name: string): string {
  return `| \`${name}\` | ${number(linux[name])} | ${number(freebsd[name])} | ${sectionOf(name)} |`
}

function number(value: number | undefined): string {
  if (value === undefined) return '–'
  return value < 10 ? String(value) : `${value} (0x${value.toString(16)})`
}
