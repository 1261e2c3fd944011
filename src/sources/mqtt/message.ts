import { isUtf8 } from 'node:buffer'
import { TocsinError } from '../../errors/tocsin-error.js'
import { encodedLength } from '../../event/msgpack/encoder.js'
import { tagSegment } from '../../event/tag.js'
import { type Random, readJson, readJsonObjects } from '../../incremental/read-json.js'
import type { MqttMessageData } from '../../types/host/mqtt.js'

/** Bytes of all levels of a tag: with more, the topic is one level that is cut. */
const MAX_PATH_BYTES = 800
/** Bytes for the tag and the other fields of an event. */
const HEAD_BYTES = 8 * 1024

/** The end of the tag for a topic. */
export function pathOf(topic: string): string {
  const path = topic.split('/').map(tagSegment).join('/')
  return Buffer.byteLength(path) <= MAX_PATH_BYTES ? path : tagSegment(topic)
}

export interface SubscribedMessage {
  topic: string
  payload: Buffer
  retain: boolean
}

/** The data of a message, read in steps. JSON is what it says, other text is text, and all else bytes. */
export function* dataOf(
  { topic, payload, retain }: SubscribedMessage,
  runtime: Random,
  asObjects: boolean,
  largestFrame: number,
): Generator<undefined, MqttMessageData> {
  const head = { topic, ...(retain && { retained: true }) }
  const data = { ...head, payload: yield* payloadOf(payload, runtime, asObjects) }
  const room = largestFrame - HEAD_BYTES
  // A number of JSON takes 9 bytes at most, and has two with its comma.
  if (payload.length * 5 <= room || encodedLength(data) <= room) return data
  return { ...head, cut: payload.length }
}

function* payloadOf(bytes: Buffer, runtime: Random, asObjects: boolean): Generator<undefined, unknown> {
  if (!isUtf8(bytes)) return Uint8Array.from(bytes)
  if (!mayBeJson(bytes)) return bytes.toString()
  try {
    return yield* (asObjects ? readJsonObjects : readJson)(bytes, runtime)
  } catch (thrown) {
    if (TocsinError.is(thrown)) return bytes.toString()
    throw thrown
  }
}

function mayBeJson(bytes: Buffer): boolean {
  return /^\s*(?:[[{"\d-]|true|false|null)/.test(bytes.toString('latin1', 0, 64))
}
