import { readYaml } from '../../config/read-yaml.js'
import { isObject } from '../../event/json/object.js'
import { decode } from '../../event/msgpack/decoder.js'
import { kindAt } from '../../event/msgpack/find.js'
import { Encoded } from '../../event/msgpack/values.js'
import { afterHead, hasMoreValues, walkValue } from '../../event/msgpack/walk.js'
import { type Random, readJson } from '../../incremental/read-json.js'
import { type CsvForm, type CsvRecord, csvRecord } from './csv.js'

export const MAX_TABLE_BYTES = 10 * 2 ** 20
const MAX_KEYS = 100_000
/** Reading YAML takes long, and nothing else happens meanwhile. */
const MAX_YAML_BYTES = 64 * 1024
/** Values within the value of one key. */
const MAX_VALUES = 1_000
const AT_ONCE = 200

type TableSteps<Result> = Generator<undefined, Result>
export type TableValues = ReadonlyMap<string, unknown>

/**
 * Reads a table, by the end of the name of its file, in short steps. Throws an Error with the reason if it cannot.
 */
export function* readTable(path: string, bytes: Buffer, random: Random): TableSteps<TableValues> {
  const end = path.slice(path.lastIndexOf('.') + 1)
  if (end === 'csv') return yield* csvTable(textOf(bytes), { separator: ',', quote: '"' })
  if (end === 'tsv') return yield* csvTable(textOf(bytes), { separator: '\t', quote: '"' })
  if (end === 'json') return yield* jsonTable(bytes, random)
  if (bytes.length > MAX_YAML_BYTES)
    throw new Error(
      `has ${bytes.length} bytes of YAML, ${MAX_YAML_BYTES} are allowed; write it as JSON or CSV`,
    )
  const { value, problems } = readYaml(bytes.toString('utf8'))
  if (problems.length > 0) throw new Error(problems[0].message)
  return mapTable(value)
}

function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/^\uFEFF/, '')
}

function tooMany(): Error {
  return new Error(`has more than ${MAX_KEYS} keys`)
}

/** The first record has the names, and the first value of each other record is the key. */
function* csvTable(text: string, form: CsvForm): TableSteps<TableValues> {
  const table = new Map<string, unknown>()
  const header = recordAt(text, 0, form)
  const [, ...names] = header.values
  if (names.length === 0) throw new Error('has no second column in its first line')
  for (let at = header.end, count = 1; at < text.length; count++) {
    const { values, end } = recordAt(text, at, form)
    const isEmpty = values.length === 1 && values[0] === ''
    if (!isEmpty && values.length !== names.length + 1)
      throw new Error(`has ${values.length} values instead of ${names.length + 1} in record ${count + 1}`)
    if (!isEmpty && !table.has(values[0])) table.set(values[0], rowOf(names, values))
    if (table.size > MAX_KEYS) throw tooMany()
    if (count % AT_ONCE === 0) yield
    at = end
  }
  return table
}

function recordAt(text: string, at: number, form: CsvForm): CsvRecord {
  const record = csvRecord(text, at, form)
  if (record === undefined) throw new Error(`has a record that cannot be read at character ${at + 1}`)
  return record
}

/** With one column beside the key, its text; else a map of texts by the names of the columns. */
function rowOf(names: readonly string[], [, ...values]: readonly string[]): unknown {
  return names.length === 1 ? values[0] : Object.fromEntries(names.map((name, i) => [name, values[i]]))
}

function* jsonTable(bytes: Buffer, random: Random): TableSteps<TableValues> {
  const value = yield* readJson(bytes, random)
  if (!(value instanceof Encoded)) return mapTable(value)
  const table = new Map<string, unknown>()
  const { bytes: packed } = value
  if (kindAt(packed, 0) !== 'map') throw noMap()
  for (let at = afterHead(packed, 0), count = 1; at < packed.length; count++) {
    const key = walkValue(packed, at, packed.length)
    const end = walkValue(packed, key, packed.length)
    if (hasMoreValues(packed, key, end, MAX_VALUES)) throw tooManyWithin()
    table.set(String(decode(packed, at, key)), decode(packed, key, end))
    if (table.size > MAX_KEYS) throw tooMany()
    if (count % AT_ONCE === 0) yield
    at = end
  }
  return table
}

function mapTable(value: unknown): TableValues {
  if (!isObject(value)) throw noMap()
  return new Map(Object.entries(value))
}

function noMap(): Error {
  return new Error('is no map of keys and values')
}

function tooManyWithin(): Error {
  return new Error(`has more than ${MAX_VALUES} values under one key`)
}
