import type { Event } from '../../event/event.js'
import { finished } from '../../incremental/steps.js'
import {
  answerType,
  IN_REQUEST,
  IN_RESOURCE,
  IN_SCOPE,
  kindNames,
  type OtlpKind,
  requestTypes,
} from '../../protocols/otlp/messages.js'
import type { MessageFields } from '../../protocols/protobuf/message-type.js'
import { readMessage } from '../../protocols/protobuf/read-message.js'
import { delimitedPieces, writeMessage } from '../../protocols/protobuf/write-message.js'
import { buffersOf, lengthOf, type Pieces } from '../event-json.js'
import type { EventView } from '../sink.js'
import { logRecordBytes, logRecordJson } from './log-record.js'
import { type Rejected, rejectedIn, rejectedOf } from './partial-success.js'

const JOINED_BYTES = 512 * 1024

/** From where the items of a message come. */
export interface OtlpSender {
  resource: object
  scope: object
}

/** One of the forms that OTLP over HTTP has. */
export interface OtlpEncoding {
  readonly contentType: string
  message(kind: OtlpKind, sender: OtlpSender, items: readonly object[]): Buffer[]
  /** A message with the records of events, made in steps. */
  logs(sender: OtlpSender, events: readonly Event[], view: EventView): Generator<undefined, Buffer[]>
  /** Reads the answer of a server that has taken a message. */
  rejected(answer: Buffer): Rejected | undefined
}

const json: OtlpEncoding = {
  contentType: 'application/json',
  message: (...parts) => [Buffer.from(JSON.stringify(messageOf(...parts)))],
  logs: (...parts) => buffersOf(logsJson(...parts)),
  rejected: (answer) => rejectedIn(answer.toString()),
}

const protobuf: OtlpEncoding = {
  contentType: 'application/x-protobuf',
  message: (kind, ...parts) => [
    bufferOf(writeMessage(messageOf(kind, ...parts), requestTypes[kind].request)),
  ],
  logs: logsProtobuf,
  rejected: (answer) => rejectedOf(answerIn(answer)),
}

export const encodings = { json, protobuf } as const

function messageOf(kind: OtlpKind, { resource, scope }: OtlpSender, given: readonly object[]): MessageFields {
  const { resources, scopes, items } = kindNames[kind]
  return { [resources]: [{ resource, [scopes]: [{ scope, [items]: given }] }] }
}

function* logsJson(sender: OtlpSender, events: readonly Event[], view: EventView): Pieces {
  const text = JSON.stringify(messageOf('logs', sender, []))
  const at = text.lastIndexOf('[') + 1
  yield text.slice(0, at)
  for (const [nth, event] of events.entries()) {
    if (nth > 0) yield ','
    yield* logRecordJson(event, view)
  }
  yield text.slice(at)
}

function* logsProtobuf(
  { resource, scope }: OtlpSender,
  events: readonly Event[],
  view: EventView,
): Generator<undefined, Buffer[]> {
  const types = requestTypes.logs
  const inScope = [writeMessage({ scope }, types.scope)]
  for (const event of events) {
    const record = delimitedPieces(IN_SCOPE, yield* logRecordBytes(event, view))
    for (const piece of record) inScope.push(piece)
    yield
  }
  const inResource = [writeMessage({ resource }, types.resource), ...delimitedPieces(IN_RESOURCE, inScope)]
  return gathered(delimitedPieces(IN_REQUEST, inResource))
}

/** Pieces are compressed one by one, which is slow if they are small. */
function gathered(pieces: readonly Uint8Array[]): Buffer[] {
  return lengthOf(pieces) <= JOINED_BYTES ? [Buffer.concat(pieces)] : pieces.map(bufferOf)
}

function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length)
}

/** An answer that cannot be read says nothing about what was kept. */
function answerIn(bytes: Buffer): unknown {
  try {
    return finished(readMessage(bytes, answerType))
  } catch {
    return undefined
  }
}
