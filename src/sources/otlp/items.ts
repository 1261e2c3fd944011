import { TocsinError } from '../../errors/tocsin-error.js'
import { decode } from '../../event/index.js'
import { asFields } from '../../event/json/object.js'
import { encode } from '../../event/msgpack/encoder.js'
import { compilePath, find, kindAt } from '../../event/msgpack/find.js'
import { Encoded } from '../../event/msgpack/values.js'
import { afterHead, hasMoreValues, readLength, walkValue } from '../../event/msgpack/walk.js'
import { type Random, readJson } from '../../incremental/read-json.js'
import { kindNames, logRecordType, resourceType, scopeType, spanType } from '../../protocols/otlp/messages.js'
import { listIn } from '../../protocols/otlp/values.js'
import { field, list, type MessageFields, MessageType } from '../../protocols/protobuf/message-type.js'
import { readMessage } from '../../protocols/protobuf/read-message.js'

/** Making an event of an item with this number of values takes some five milliseconds. */
const MAX_ITEM_VALUES = 32 * 1024
/** A request is walked several times, each in one turn. */
const MAX_JSON_VALUES = 1024 * 1024

export type ItemKind = 'logs' | 'traces'

/** A record of a log or a span, with what all of its scope and of its resource have in common. */
export interface Item {
  readonly resource: unknown
  readonly scope: unknown
  /** Bytes that stand for it and for what it has in common. */
  readonly length: number
  /** Why it cannot be read. */
  readonly fault?: TocsinError
  readonly item: Readonly<Record<string, unknown>>
}

/** The items of a request, and undefined between two steps. Throws TCN_HTTP_… for other bodies. */
export type Items = Generator<Item | undefined, void>

export function* protobufItems(kind: ItemKind, body: Buffer): Items {
  for (const part of parts(yield* readMessage(body, requestParts))) {
    const ofResource = yield* readMessage(part, resourceParts)
    for (const inner of parts(ofResource)) {
      const ofScope = yield* readMessage(inner, scopeParts)
      const common = { resource: ofResource.resource, scope: ofScope.scope }
      const shared = bytesBeside(part, ofResource) + bytesBeside(inner, ofScope)
      for (const item of parts(ofScope))
        yield { ...common, length: shared + item.length, ...(yield* readItem(kind, item)) }
    }
  }
}

/** The parts of each message are read one after the other, so that no more than one item is in memory. */
const requestParts = new MessageType([list(1, 'parts', 'bytes')])
const resourceParts = new MessageType([field(1, 'resource', () => resourceType), list(2, 'parts', 'bytes')])
const scopeParts = new MessageType([field(1, 'scope', () => scopeType), list(2, 'parts', 'bytes')])
const itemTypes = { logs: logRecordType, traces: spanType } as const

function parts(message: MessageFields): readonly Uint8Array[] {
  return listIn(message.parts).filter((part) => part instanceof Uint8Array)
}

/** Bytes of a message that are not those of its parts. */
function bytesBeside({ length }: Uint8Array, message: MessageFields): number {
  return parts(message).reduce((rest, part) => rest - part.length, length)
}

/** One item that is wrong costs none of the others. */
function* readItem(kind: ItemKind, bytes: Uint8Array): Generator<undefined, Pick<Item, 'item' | 'fault'>> {
  try {
    return { item: yield* readMessage(bytes, itemTypes[kind], MAX_ITEM_VALUES) }
  } catch (thrown) {
    if (TocsinError.is(thrown)) return { item: {}, fault: thrown }
    throw thrown
  }
}

export function* jsonItems(kind: ItemKind, body: Buffer, runtime: Random): Items {
  const { resources, scopes, items } = kindNames[kind]
  const read = yield* readJson(body, runtime)
  const bytes = read instanceof Encoded ? read.bytes : encode(read)
  if (kindAt(bytes, 0) !== 'map') throw new TocsinError('TCN_HTTP_BODY', 'the body is no object of JSON')
  if (hasMoreValues(bytes, 0, bytes.length, MAX_JSON_VALUES)) throw tooManyValues(MAX_JSON_VALUES)
  yield
  for (const ofResource of membersAt(bytes, 0, resources)) {
    yield
    for (const ofScope of membersAt(bytes, ofResource, scopes)) {
      yield
      const [resource, ofThat] = valueAt(bytes, ofResource, 'resource')
      const [scope, ofThis] = valueAt(bytes, ofScope, 'scope')
      for (const item of membersAt(bytes, ofScope, items))
        yield { resource, scope, ...itemAt(bytes, item, ofThat + ofThis) }
    }
  }
}

/** Where the members of the list with this key begin; none if there is no list. */
function* membersAt(bytes: Uint8Array, at: number, key: string): Generator<number, void> {
  const start = find(bytes, at, bytes.length, compilePath([key]))
  if (start < 0 || kindAt(bytes, start) !== 'array') return
  let member = afterHead(bytes, start)
  for (let left = lengthOfList(bytes, start); left > 0; left--) {
    yield member
    if (left > 1) member = walkValue(bytes, member, bytes.length)
  }
}

function lengthOfList(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]
  return lead < 0xa0 ? lead & 0x0f : readLength(bytes, at + 1, lead === 0xdc ? 2 : 4)
}

/** The value of a key, and its length. */
function valueAt(bytes: Uint8Array, at: number, key: string): [value: unknown, length: number] {
  const start = find(bytes, at, bytes.length, compilePath([key]))
  if (start < 0) return [undefined, 0]
  const end = walkValue(bytes, start, bytes.length)
  if (hasMoreValues(bytes, start, end, MAX_ITEM_VALUES)) throw tooManyValues(MAX_ITEM_VALUES)
  return [decode(bytes, start, end), end - start]
}

function itemAt(bytes: Uint8Array, at: number, shared: number): Omit<Item, 'resource' | 'scope'> {
  const end = walkValue(bytes, at, bytes.length)
  const length = shared + end - at
  if (hasMoreValues(bytes, at, end, MAX_ITEM_VALUES))
    return { item: {}, length, fault: tooManyValues(MAX_ITEM_VALUES) }
  return { item: asFields(decode(bytes, at, end)), length }
}

function tooManyValues(limit: number): TocsinError {
  return new TocsinError('TCN_HTTP_TOO_LARGE', `it has more than ${limit} values`, { details: { limit } })
}
