import { decode } from '../event/index.js'
import { isObject } from '../event/json/object.js'
import { parseStrictJson } from '../event/json/strict.js'
import { kindAt } from '../event/msgpack/find.js'
import { Encoded } from '../event/msgpack/values.js'
import { afterHead, hasMoreValues, walkValue } from '../event/msgpack/walk.js'
import type { Runtime } from '../event/runtime.js'
import { LongJson, MAX_PARSED_BYTES, MAX_VALUES, tooManyValues } from './long-json.js'

/**
 * Reads JSON in UTF-8 of any length, in steps of less than a millisecond. Short JSON is one step, since it is parsed at
 * once three to six times as fast. Long JSON is transcoded to msgpack, because some that arrives at the same time would
 * delay all other clients. All functions throw what `parseStrictJson` throws.
 */

/** Longer JSON is transcoded in steps. */
export const LONG_JSON_BYTES = MAX_PARSED_BYTES

/** Hashes of long JSON need bytes that its sender cannot guess. */
export type Random = Pick<Runtime, 'random'>

type Steps<Result> = Generator<undefined, Result>

export interface JsonEvents {
  isList: boolean
  count: number
  /**
   * The events, those of long JSON made when they are asked for. `data` that is a list or a map may be msgpack already
   * (`Encoded`).
   */
  values: Iterable<unknown>
}

export function isLongJson(json: Uint8Array): boolean {
  return json.length > LONG_JSON_BYTES
}

/** Reads one value. A long list or map is msgpack (`Encoded`). */
export function* readJson(json: Buffer, runtime: Random): Steps<unknown> {
  if (!isLongJson(json)) return parseShort(json)
  return yield* longJson(json, runtime).whole()
}

/**
 * Reads one value that its reader needs as objects, which are made at once. Throws TCN_HTTP_TOO_LARGE if there are more of
 * them than that allows.
 */
export function* readJsonObjects(json: Buffer, runtime: Random): Steps<unknown> {
  if (!isLongJson(json)) return parseShort(json)
  const reader = longJson(json, runtime)
  yield* reader.next()
  const value = yield* reader.value()
  yield* reader.end()
  return reader.objects(value)
}

/** Reads one event or a list of them. Stops when a long list has more than `most`. */
export function* readJsonEvents(json: Buffer, runtime: Random, most: number): Steps<JsonEvents> {
  if (!isLongJson(json)) return eventsIn(parseShort(json))
  const reader = longJson(json, runtime)
  const isList = (yield* reader.next()) === 0x5b
  const events = isList ? yield* reader.list(most) : [yield* reader.event()]
  if (events.length <= most) yield* reader.end()
  return { isList, count: events.length, values: reader.values(events) }
}

function eventsIn(value: unknown): JsonEvents {
  const isList = Array.isArray(value)
  const values: unknown[] = isList ? value : [value]
  return { isList, count: values.length, values }
}

/**
 * Reads one map; undefined for what is no map. In long JSON, the value of the key `nested` is an event of its own, whose
 * data may be long too.
 */
export function* readJsonMap(
  json: Buffer,
  runtime: Random,
  nested?: string,
): Steps<Record<string, unknown> | undefined> {
  if (!isLongJson(json)) return mapOf(parseShort(json))
  const reader = longJson(json, runtime)
  yield* reader.next()
  const fields = yield* reader.event(nested)
  yield* reader.end()
  return fields && reader.object(fields)
}

/**
 * Reads at least the values of one map that have these keys; undefined for what is no map. A value that takes too long to
 * make objects of is msgpack (`Encoded`).
 */
export function* readJsonFields(
  json: Buffer,
  runtime: Random,
  keys: ReadonlySet<string>,
): Steps<Record<string, unknown> | undefined> {
  if (!isLongJson(json)) return mapOf(parseShort(json))
  const reader = longJson(json, runtime)
  yield* reader.next()
  const fields = yield* reader.event()
  yield* reader.end()
  return fields && (yield* reader.some(fields, keys))
}

/**
 * The members of a list that was read as objects or is long, or undefined for what is no list. Throws
 * TCN_HTTP_TOO_LARGE for a member that takes too long to make objects of.
 */
export function* membersOf(value: unknown): Steps<unknown[] | undefined> {
  if (!(value instanceof Encoded)) return Array.isArray(value) ? value : undefined
  const { bytes } = value
  if (kindAt(bytes, 0) !== 'array') return undefined
  const members: unknown[] = []
  for (let at = afterHead(bytes, 0); at < bytes.length; yield) {
    const end = walkValue(bytes, at, bytes.length)
    if (hasMoreValues(bytes, at, end, MAX_VALUES)) throw tooManyValues()
    members.push(decode(bytes, at, end))
    at = end
  }
  return members
}

function longJson(json: Buffer, runtime: Random): LongJson {
  return new LongJson(json, runtime.random(8))
}

function parseShort(json: Buffer): unknown {
  return parseStrictJson(json.toString('utf8'))
}

function mapOf(value: unknown): Record<string, unknown> | undefined {
  return isObject(value) ? value : undefined
}
