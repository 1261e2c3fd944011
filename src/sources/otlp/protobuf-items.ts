import { TocsinError } from '../../errors/tocsin-error.js'
import { itemTypes, resourceType, scopeType } from '../../protocols/otlp/messages.js'
import { listIn } from '../../protocols/otlp/values.js'
import { field, list, type MessageFields, MessageType } from '../../protocols/protobuf/message-type.js'
import { MAX_VALUES, readMessage } from '../../protocols/protobuf/read-message.js'
import {
  type CommonPart,
  type ItemKind,
  type Items,
  itemOf,
  MAX_ITEM_VALUES,
  NOTHING_COMMON,
  readOrSay,
  Understood,
} from './items.js'

/** The parts of each message are read one after the other, so that no more than one item is in memory. */
const requestParts = new MessageType([list(1, 'parts', 'bytes')])
/** The parts of a resource are its scopes, and those of a scope its items. */
const innerParts = new MessageType([
  field(1, 'common', 'bytes'),
  list(2, 'parts', 'bytes'),
  field(3, 'schemaUrl', 'text'),
])

export function* protobufItems(kind: ItemKind, body: Buffer): Items {
  const understood = new Understood(kind)
  for (const part of parts(yield* messageParts(body, requestParts, understood))) {
    yield
    yield* readOrSay(itemsOfResource(kind, part, understood))
  }
  understood.check()
}

function* itemsOfResource(kind: ItemKind, bytes: Uint8Array, understood: Understood): Items {
  const message = yield* messageParts(bytes, innerParts, understood)
  const resource = yield* commonOf(message, resourceType)
  for (const part of parts(message)) {
    yield
    yield* readOrSay(itemsOfScope(kind, part, resource, understood))
  }
}

function* itemsOfScope(
  kind: ItemKind,
  bytes: Uint8Array,
  resource: CommonPart,
  understood: Understood,
): Items {
  const message = yield* messageParts(bytes, innerParts, understood)
  const scope = yield* commonOf(message, scopeType)
  for (const part of parts(message)) {
    understood.item()
    yield* readOrSay(itemIn(kind, part, resource, scope))
  }
}

function* itemIn(kind: ItemKind, bytes: Uint8Array, resource: CommonPart, scope: CommonPart): Items {
  const item = yield* readMessage(bytes, itemTypes[kind], MAX_ITEM_VALUES)
  yield itemOf(resource, scope, item, bytes.length)
}

function messageParts(bytes: Uint8Array, type: MessageType, understood: Understood) {
  return readMessage(bytes, type, MAX_VALUES, (number) => understood.ignored(`field ${number}`))
}

function* commonOf({ common }: MessageFields, type: MessageType): Generator<undefined, CommonPart> {
  if (!(common instanceof Uint8Array)) return NOTHING_COMMON
  const { length } = common
  try {
    return { fields: yield* readMessage(common, type), length }
  } catch (thrown) {
    if (TocsinError.is(thrown)) return { fields: thrown, length }
    throw thrown
  }
}

function parts(message: MessageFields): readonly Uint8Array[] {
  return listIn(message.parts).filter((part) => part instanceof Uint8Array)
}
