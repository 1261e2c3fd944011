import type { JsonSchema } from '../../../types/event-type.js'
import { type Field, type Kind, type Layout, layoutOf } from '../notifications/layouts.js'
import { namedFields } from '../notifications/names.js'
import type { NotificationName } from '../notifications/notification.js'
import { profiles } from '../notifications/profile.js'
import { fieldTexts } from './field-texts.js'

const u16 = whole(0xffff)
const u32 = whole(0xffff_ffff)
const assocId = { type: 'integer', minimum: -0x8000_0000, maximum: 0xffff_ffff }
const bytes = { type: 'string', contentEncoding: 'base64' }
const address = {
  type: 'array',
  prefixItems: [{ type: 'string' }, u16, u32, u32],
  minItems: 2,
  maxItems: 4,
}
const schemaOfTail = {
  bytes,
  bytesOrU8s: { anyOf: [bytes, { type: 'array', items: whole(0xff) }] },
  u16s: { type: 'array', items: u16 },
}
const cause = object({ code: u16, name: { type: 'string' } }, ['code', 'name'])

/** JSON Schema of the event of a notification: the keys of its layout, and those that the event adds. */
export function schemaOfNotification(name: NotificationName): JsonSchema {
  const shapes = layoutsByPlatform(name)
  const fields = new Map(shapes.flatMap(({ fields }) => fields.map((field) => [field.key, field])))
  const properties: Record<string, JsonSchema> = { sn_type: described('sn_type', u16) }
  for (const field of fields.values()) properties[field.key] = described(field.key, schemaOfKind(field.kind))
  const tail = shapes[0].tail
  if (tail !== undefined) properties[tail.key] = described(tail.key, schemaOfTail[tail.kind])
  const causeKey = Object.keys(fieldTexts).find((key) => key === `${errorPrefix(fields)}_cause`)
  if (causeKey !== undefined) properties[causeKey] = described(causeKey, cause)
  const always = [...fields.values()].filter(({ optional }) => !optional).map(({ key }) => key)
  return object({ ...properties, ...facts }, ['sn_type', ...always, ...required])
}

/** The layouts of both platforms. FreeBSD's comes first, since it has all fields of Linux and more. */
export function layoutsByPlatform(name: NotificationName): Layout[] {
  return Object.values(profiles)
    .map((profile) =>
      layoutOf(name, profile, profile.types.find((type) => type?.name === name)?.minBytes ?? 0),
    )
    .reverse()
}

const required = ['association', 'platform', 'names']
const facts = {
  association: { ...assocId, description: 'Id of its association; 0: none.' },
  platform: { enum: ['linux', 'freebsd'], description: 'Platform whose numbers these are.' },
  names: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Names of the values, where they have one.',
  },
  causes: {
    type: 'array',
    items: object({ code: u16, name: { type: 'string' }, value: bytes }, ['code', 'name', 'value']),
    description: 'The cause of an abort, from `sac_info`.',
  },
  cut: { ...u32, description: 'Original length in bytes; only the beginning is included.' },
}

function schemaOfKind(kind: Kind): JsonSchema {
  if (Array.isArray(kind)) return schemaOfStruct(kind)
  if (kind === 'address') return address
  if (kind === 'id') return assocId
  return kind === 'u32' || kind === 'addressState' ? u32 : u16
}

function schemaOfStruct(fields: readonly Field[]): JsonSchema {
  const properties = fields.map(({ key, kind }) => [key, schemaOfKind(kind)] as const)
  return object(
    Object.fromEntries(properties),
    fields.filter(({ optional }) => !optional).map(({ key }) => key),
  )
}

/** `sac`, `ssf` or `ssfe`: the prefix of the error field that holds a cause. */
function errorPrefix(fields: ReadonlyMap<string, Field>): string {
  const [error = ''] = [...fields.keys()].filter((key) => key.endsWith('_error'))
  return error.replace('_error', '')
}

function described(key: string, schema: JsonSchema): JsonSchema {
  const description = fieldTexts[key] ?? (key.endsWith('_assoc_id') ? 'Association id.' : undefined)
  const names = namedFields[key]
  const text = names && `${description} Constants: ${names.map((name) => `\`${name}\``).join(', ')}.`
  return { ...schema, ...(description && { description: text ?? description }) }
}

function whole(maximum: number) {
  return { type: 'integer', minimum: 0, maximum }
}

function object(properties: Record<string, JsonSchema>, required: string[]): JsonSchema {
  return { type: 'object', properties, required }
}
