import type { z } from 'zod'
import { alternatives, configJsonSchema, type JsonSchema } from './json-schema.js'
import { DURATION_FORM, SIZE_FORM } from './values/units.js'

/** A key of the configuration, as the reference and the manual show it. */
export interface ConfigurationKey {
  key: string
  value: string
  usual: string
  description: string
  /** When a change takes effect. */
  change?: string
}

/** Returns when a change of a key takes effect. */
export type ChangeOf = (key: string) => string

/** The page `docs/reference/configuration.md`, generated from the schema as Markdown. */
export function configurationReference(schema: z.ZodType, changeOf?: ChangeOf): string {
  const root = configJsonSchema(schema)
  const sections = Object.entries(root.properties ?? {}).map(([key, section]) =>
    sectionText(key, section, changeOf),
  )
  return `${introduction}\n${sections.join('\n')}`
}

/** Every key of the schema, in its order. */
export function configurationKeys(schema: z.ZodType): ConfigurationKey[] {
  const { properties = {} } = configJsonSchema(schema)
  return Object.entries(properties).flatMap(([key, section]) => rowsOf(key, section))
}

const introduction = `# Configuration

<!-- Generated from the schema. Do not edit. -->

\`tocsin.yaml\` configures the hub. Everything has a default, and no file is needed. The first of these is read:

1. the file named by \`--config\`
2. the file named by \`TOCSIN_CONFIG\`
3. \`$XDG_CONFIG_HOME/tocsin/tocsin.yaml\` (usually \`~/.config/tocsin/tocsin.yaml\`)
4. \`/etc/tocsin/tocsin.yaml\`

The last two are passed over, with a note, if this user may not look there.

Unknown keys are errors. An error names file, line, column and key; all errors of a file are reported together. A key
without a value has its default.

Sizes and durations are text with a unit: ${SIZE_FORM}, ${DURATION_FORM}. A path is absolute or begins with \`~/\`.
Filters of a right are \`*\` for everything, a tag prefix that ends in \`/\`, a filter in JSON form, or a list of these;
names are \`*\` or a list.

A running hub takes over changes [with a commit](../guide/configuration.md#change-it-while-the-hub-runs) or a reload: of
most keys at once, of some only at its next start.
`

/** All keys of the schema in one table, as Markdown. */
export function keyTable(schema: z.ZodType): string {
  return tableText(configurationKeys(schema))
}

function sectionText(key: string, section: JsonSchema, changeOf?: ChangeOf): string {
  const rows = rowsOf(key, section).map((row) => ({ ...row, change: changeOf?.(row.key) }))
  const single = rows.length === 1 && rows[0].key === key
  const about = section.description && !single ? `${section.description}\n\n` : ''
  return `## ${key}\n\n${about}${tableText(rows)}\n`
}

function tableText(rows: readonly ConfigurationKey[]): string {
  const titles = rows.some(({ change }) => change !== undefined) ? [...TITLES, 'in effect'] : TITLES
  const lines = [`| ${titles.join(' | ')} |`, `|${'---|'.repeat(titles.length)}`]
  return [...lines, ...rows.map(rowText)].join('\n')
}

const TITLES = ['key', 'value', 'default', 'what']

function rowText({ key, value, usual, description, change }: ConfigurationKey): string {
  const about = change === undefined ? [description] : [description, change]
  const cells = [`\`${key}\``, value, usual === '' ? '' : `\`${usual}\``, ...about]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** One row for each key with a value of its own; maps and lists of maps are expanded. */
function rowsOf(key: string, schema: JsonSchema): ConfigurationKey[] {
  const all = alternatives(schema)
  const inner = schema.kind
    ? []
    : all.filter((each) => !isListOf(each, all)).flatMap((each) => innerRows(key, each))
  const whole = inner.length === 0 || all.some((each) => innerRows(key, each).length === 0)
  if (!whole) return unique(inner)
  const row = {
    key,
    value: valueText(schema),
    usual: usualText(schema),
    description: schema.description ?? '',
  }
  return unique([row, ...inner])
}

/** Returns whether it is a list of what may also be given without a list, so that its keys are known. */
function isListOf({ items }: JsonSchema, all: readonly JsonSchema[]): boolean {
  if (items === undefined) return false
  const texts = new Set(all.map((each) => JSON.stringify(each)))
  return alternatives(items).every((each) => texts.has(JSON.stringify(each)))
}

function innerRows(key: string, schema: JsonSchema): ConfigurationKey[] {
  const named = Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
    rowsOf(`${key}.${name}`, inner),
  )
  const { additionalProperties: rest, items } = schema
  const keyed = typeof rest === 'object' ? rowsOf(`${key}.<name>`, rest) : []
  const listed = items && hasKeys(items) ? rowsOf(`${key}[]`, items) : []
  return [...named, ...keyed, ...listed]
}

function hasKeys(schema: JsonSchema): boolean {
  return alternatives(schema).some((each) => each.properties !== undefined)
}

/** The values that a key can have, as people say it. */
export function valueText(schema: JsonSchema): string {
  if (schema.kind) return schema.kind
  const nested = schema.anyOf ?? schema.oneOf
  if (nested) return [...new Set(nested.map(valueText))].join(' or ')
  if (schema.const !== undefined) return `\`${schema.const}\``
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(' or ')
  const { minimum, maximum } = schema
  const bounds = minimum === undefined || maximum === undefined ? '' : ` ${minimum} to ${maximum}`
  switch (schema.type) {
    case 'string':
      return 'text'
    case 'integer':
      return maximum === Number.MAX_SAFE_INTEGER ? `whole number from ${minimum}` : `whole number${bounds}`
    case 'number':
      return `number${bounds}`
    case 'boolean':
      return '`true` or `false`'
    case 'array':
      return schema.items ? `list of ${valueText(schema.items)}` : 'list'
    case 'object':
      return 'map'
    default:
      return 'any'
  }
}

/** The default value; empty if there is none. */
export function usualText(schema: JsonSchema): string {
  if (schema.default === undefined) return ''
  return typeof schema.default === 'string' ? schema.default : JSON.stringify(schema.default)
}

/** One row for each key. In alternatives of a map, the key that tells them apart has several words. */
function unique(rows: ConfigurationKey[]): ConfigurationKey[] {
  const byKey = new Map<string, ConfigurationKey>()
  for (const row of rows) {
    const known = byKey.get(row.key)
    if (known === undefined) byKey.set(row.key, row)
    else if (isWord(known) && isWord(row)) {
      const words = new Set([known, row].flatMap(({ value }) => value.split(' or ')))
      byKey.set(row.key, { ...known, value: [...words].join(' or ') })
    }
  }
  return [...byKey.values()]
}

function isWord({ value }: ConfigurationKey): boolean {
  return value.startsWith('`')
}
