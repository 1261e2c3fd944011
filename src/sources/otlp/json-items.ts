import { TocsinError } from '../../errors/tocsin-error.js'
import { decode } from '../../event/index.js'
import { encode } from '../../event/msgpack/encoder.js'
import { kindAt } from '../../event/msgpack/find.js'
import { Encoded } from '../../event/msgpack/values.js'
import { afterHead, hasMoreValues, readLength, walkValue } from '../../event/msgpack/walk.js'
import { type Random, readJson } from '../../incremental/read-json.js'
import { itemTypes, kindNames, requestTypes, resourceType, scopeType } from '../../protocols/otlp/messages.js'
import { messageOfJson } from '../../protocols/protobuf/json-message.js'
import type { MessageType } from '../../protocols/protobuf/message-type.js'
import {
  type CommonPart,
  type ItemKind,
  type Items,
  itemOf,
  MAX_ITEM_VALUES,
  NOTHING_COMMON,
  notOtlp,
  readOrSay,
  Understood,
} from './items.js'

/** A request is walked several times, each in one turn. */
const MAX_JSON_VALUES = 1024 * 1024

export function* jsonItems(kind: ItemKind, body: Buffer, runtime: Random): Items {
  const read = yield* readJson(body, runtime)
  const bytes = read instanceof Encoded ? read.bytes : encode(read)
  if (kindAt(bytes, 0) !== 'map') throw notOtlp('the body is no object of JSON')
  if (hasMoreValues(bytes, 0, bytes.length, MAX_JSON_VALUES)) throw tooManyValues(MAX_JSON_VALUES)
  yield
  yield* new JsonItems(kind, bytes).all()
}

/** Where a field of an object is. */
interface FoundField {
  readonly name: string
  readonly start: number
  readonly end: number
}

/** Finds the items of a request in its JSON as msgpack, and makes objects of one at a time. */
class JsonItems {
  readonly #kind: ItemKind
  readonly #bytes: Uint8Array
  readonly #understood: Understood

  constructor(kind: ItemKind, bytes: Uint8Array) {
    this.#kind = kind
    this.#bytes = bytes
    this.#understood = new Understood(kind)
  }

  *all(): Items {
    const { resources } = kindNames[this.#kind]
    const fields = this.#fields(0, requestTypes[this.#kind].request)
    for (const at of this.#members(fields.get(resources))) {
      yield
      yield* readOrSay(this.#ofResource(at))
    }
    this.#understood.check()
  }

  *#ofResource(at: number): Items {
    const { resources, scopes } = kindNames[this.#kind]
    const fields = this.#fields(at, requestTypes[this.#kind].resource, resources)
    const resource = this.#common(fields.get('resource'), resourceType)
    for (const inner of this.#members(fields.get(scopes))) {
      yield
      yield* readOrSay(this.#ofScope(inner, resource))
    }
  }

  *#ofScope(at: number, resource: CommonPart): Items {
    const { scopes, items } = kindNames[this.#kind]
    const fields = this.#fields(at, requestTypes[this.#kind].scope, scopes)
    const scope = this.#common(fields.get('scope'), scopeType)
    for (const item of this.#members(fields.get(items))) {
      this.#understood.item()
      yield* readOrSay(this.#item(item, resource, scope))
    }
  }

  *#item(at: number, resource: CommonPart, scope: CommonPart): Items {
    const end = walkValue(this.#bytes, at, this.#bytes.length)
    const item = messageOfJson(this.#value(at, end), itemTypes[this.#kind])
    yield itemOf(resource, scope, item, end - at)
  }

  #common(place: FoundField | undefined, type: MessageType): CommonPart {
    if (place === undefined) return NOTHING_COMMON
    const { start, end } = place
    const length = end - start
    try {
      return { fields: messageOfJson(this.#value(start, end), type), length }
    } catch (thrown) {
      if (TocsinError.is(thrown)) return { fields: thrown, length }
      throw thrown
    }
  }

  #value(start: number, end: number): unknown {
    if (hasMoreValues(this.#bytes, start, end, MAX_ITEM_VALUES)) throw tooManyValues(MAX_ITEM_VALUES)
    return decode(this.#bytes, start, end)
  }

  /** The fields of an object by the names of the table; those that are null are missing. `list`: where the object is. */
  #fields(at: number, type: MessageType, list = ''): ReadonlyMap<string, FoundField> {
    const bytes = this.#bytes
    if (kindAt(bytes, at) !== 'map') throw notOtlp(`\`${list}\` has something that is no object`)
    const fields = new Map<string, FoundField>()
    let next = afterHead(bytes, at)
    for (let left = lengthAt(bytes, at); left > 0; left--) {
      const start = walkValue(bytes, next, bytes.length)
      const end = walkValue(bytes, start, bytes.length)
      const given = String(decode(bytes, next, start))
      const name = type.named(given)?.name
      if (name === undefined) this.#understood.ignored(`\`${given.slice(0, 80)}\``)
      else if (kindAt(bytes, start) !== 'nil') fields.set(name, { name: given, start, end })
      next = end
    }
    return fields
  }

  /** Where the members of a list begin; none if there is no list. */
  *#members(place: FoundField | undefined): Generator<number, void> {
    if (place === undefined) return
    const bytes = this.#bytes
    const { name, start, end } = place
    if (kindAt(bytes, start) !== 'array') throw notOtlp(`\`${name}\` is not a list`)
    for (let at = afterHead(bytes, start); at < end; at = walkValue(bytes, at, end)) yield at
  }
}

/** The number of entries of a map. */
function lengthAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]
  return lead < 0x90 ? lead & 0x0f : readLength(bytes, at + 1, lead === 0xde ? 2 : 4)
}

function tooManyValues(limit: number): TocsinError {
  return new TocsinError('TCN_HTTP_TOO_LARGE', `it has more than ${limit} values`, { details: { limit } })
}
