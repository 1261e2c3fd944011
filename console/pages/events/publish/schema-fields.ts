import { isObject } from '../../../../src/event/json/object.js'
import type { Json } from '../../../../src/event/json/view.js'

/** A field of the data of an event, as its type says. */
export interface SchemaField {
  readonly name: string
  readonly type: string
  readonly description: string
  readonly isRequired: boolean
  /** A value to begin with. */
  readonly sample: Json
}

const samples: Readonly<Record<string, Json>> = {
  string: '',
  number: 0,
  integer: 0,
  boolean: false,
  array: [],
  object: {},
}

/** The fields at the top of a JSON Schema, those that are required first. */
export function fieldsOf(schema: unknown): SchemaField[] {
  if (!isObject(schema) || !isObject(schema.properties)) return []
  const required: readonly unknown[] = Array.isArray(schema.required) ? schema.required : []
  return Object.entries(schema.properties)
    .map(([name, property]) => ({ name, isRequired: required.includes(name), ...describe(property) }))
    .toSorted((a, b) => Number(b.isRequired) - Number(a.isRequired))
}

function describe(property: unknown): Pick<SchemaField, 'type' | 'description' | 'sample'> {
  const { type, description, enum: values, default: given } = isObject(property) ? property : {}
  const choices: readonly Json[] = Array.isArray(values) ? values : []
  const name = typeof type === 'string' ? type : ''
  const first = [given, choices[0]].find((each) => each !== undefined)
  return {
    type: choices.length > 0 ? choices.map((each) => JSON.stringify(each)).join(' | ') : name,
    description: typeof description === 'string' ? description : '',
    sample: isJson(first) ? first : (samples[name] ?? null),
  }
}

function isJson(value: unknown): value is Json {
  return value !== undefined
}

/** The data with a field of the type; unchanged unless it is an object in JSON. */
export function withField(text: string, { name, sample }: SchemaField): string {
  const data = objectIn(text)
  if (data === undefined || name in data) return text
  return JSON.stringify({ ...data, [name]: sample }, null, 2)
}

/** Names of fields that are required and missing, and of those that the type does not know. */
export function differencesFrom(
  fields: readonly SchemaField[],
  text: string,
): Record<'missing' | 'unknown', string[]> {
  const data = objectIn(text)
  if (data === undefined || fields.length === 0) return { missing: [], unknown: [] }
  const known = new Set(fields.map(({ name }) => name))
  return {
    missing: fields.filter(({ name, isRequired }) => isRequired && !(name in data)).map(({ name }) => name),
    unknown: Object.keys(data).filter((name) => !known.has(name)),
  }
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const data: unknown = JSON.parse(text.trim() === '' ? '{}' : text)
    return isObject(data) ? data : undefined
  } catch {
    return undefined
  }
}
