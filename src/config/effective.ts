import { formatKey, type KeyPath } from '../event/json/key-path.js'
import { isObject } from '../event/json/object.js'
import { alternatives, type JsonSchema } from './json-schema.js'
import type { YamlFile } from './read-yaml.js'
import { redacted } from './redaction.js'

/** A value in force, written as in a file. */
export interface EffectiveValue {
  key: string
  value: unknown
  /** Its line in the file; undefined if it is the default. */
  line: number | undefined
  /** The default value. */
  usual: unknown
}

/** Every value in force for a valid file, with secrets masked. Keys without a value are left out. */
export function effectiveValues(schema: JsonSchema, file: YamlFile): EffectiveValue[] {
  const values: EffectiveValue[] = []
  visit(schema, file.value ?? {}, [], true)
  return values

  function visit(here: JsonSchema, given: unknown, path: KeyPath, inFile: boolean): void {
    const value = given === undefined ? here.default : given
    const named = inFile && given !== undefined
    if (value === undefined) return
    const shape = shapeOf(here, value)
    if (isObject(value) && shape !== undefined) visitMap(shape, value, path, named)
    else if (Array.isArray(value) && value.length > 0 && hasKeys(here)) visitList(here, value, path, named)
    else {
      values.push({
        key: formatKey(path),
        value: redacted([here], path, value),
        line: named ? file.locate(path, 'value').line : undefined,
        usual: redacted([here], path, here.default),
      })
    }
  }

  function visitMap(shape: JsonSchema, value: Record<string, unknown>, path: KeyPath, named: boolean): void {
    const { properties = {}, additionalProperties: rest } = shape
    for (const [name, inner] of Object.entries(properties)) {
      visit(inner, Object.hasOwn(value, name) ? value[name] : undefined, [...path, name], named)
    }
    if (typeof rest !== 'object') return
    for (const [name, inner] of Object.entries(value)) visit(rest, inner, [...path, name], named)
  }

  function visitList(here: JsonSchema, value: unknown[], path: KeyPath, named: boolean): void {
    const items = alternatives(here).find((each) => each.items)?.items ?? {}
    for (const [i, inner] of value.entries()) visit(items, inner, [...path, i], named)
  }
}

/** The alternative that describes a map with these keys. */
function shapeOf(schema: JsonSchema, value: unknown): JsonSchema | undefined {
  // Filters and similar structures count as single values.
  if (schema.kind || !isObject(value)) return undefined
  const keys = Object.keys(value)
  const known = ({ properties = {} }: JsonSchema) =>
    keys.filter((key) => Object.hasOwn(properties, key)).length
  return alternatives(schema)
    .filter((each) => each.properties || typeof each.additionalProperties === 'object')
    .sort((a, b) => known(b) - known(a))[0]
}

function hasKeys(schema: JsonSchema): boolean {
  return alternatives(schema).some(
    ({ items }) => items && alternatives(items).some((each) => each.properties),
  )
}
