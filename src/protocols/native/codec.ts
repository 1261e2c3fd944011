import { TocsinError } from '../../errors/tocsin-error.js'
import { DEFAULT_LIMITS } from '../../event/check.js'
import { writeU32 } from '../../event/frame.js'
import { decode } from '../../event/msgpack/decoder.js'
import { encode } from '../../event/msgpack/encoder.js'
import { compilePath, find, scalarAt } from '../../event/msgpack/find.js'
import { checkValue, hasMoreValues } from '../../event/msgpack/walk.js'
import { Op, type OpName, type RecordBodies, type WireError } from './protocol.js'
import { Mismatch } from './record-checks.js'
import { recordShapes } from './record-shapes.js'

/** Encodes and decodes control records. Hub and client share this code, which does no I/O. */

export type ControlName = keyof RecordBodies
export type ControlRecord = { [N in ControlName]: { name: N; body: RecordBodies[N] } }[ControlName]

/** Length and op. The limits below include it. */
const RECORD_HEAD_BYTES = 5
export const MAX_HELLO_BYTES = 4 * 1024
export const MAX_CONTROL_BYTES = 64 * 1024
export const MAX_REQUEST_BYTES = 1024 * 1024
export const MAX_REPLY_BYTES = 16 * 1024 * 1024
/** Values in what a client asks for. A megabyte has room for as many more as take 20 ms to decode. */
export const MAX_REQUEST_VALUES = 32 * 1024
/** Values in any other record that a hub takes. */
export const MAX_RECORD_VALUES = 64 * 1024
/** Values in a record that answers. A client waits for it, and has time for more of them. */
const MAX_ANSWER_VALUES = 1024 * 1024

/** Ops from here on are reserved for extensions; a peer that does not support them skips them. */
const FIRST_IGNORABLE_OP = 128

const names = new Map<number, ControlName>()
for (const [name, op] of Object.entries(Op)) if (name in recordShapes) names.set(op, name as ControlName)

const limits: Partial<Record<OpName, number>> = {
  hello: MAX_HELLO_BYTES,
  subscribe: MAX_REQUEST_BYTES,
  request: MAX_REQUEST_BYTES,
  // Holds the answers of all subscribers. A hub itself accepts no record over MAX_REQUEST_BYTES.
  gateDone: MAX_REPLY_BYTES,
  reply: MAX_REPLY_BYTES,
}

const idPath = compilePath(['id'])

/** The name of records of this op, if it is known. */
export function recordName(op: number): ControlName | undefined {
  return names.get(op)
}

/** Size limit of records of this op, in bytes, including the head. */
export function recordLimit(name: ControlName): number {
  return limits[name] ?? MAX_CONTROL_BYTES
}

/** Leaves out keys that are undefined. Throws TCN_PROTOCOL_LENGTH if the record is over its limit. */
export function encodeRecord<N extends ControlName>(name: N, body: RecordBodies[N]): Uint8Array {
  const map = encode(body)
  const record = new Uint8Array(RECORD_HEAD_BYTES + map.length)
  if (record.length > recordLimit(name)) throw tooLong(name, record.length)
  writeU32(record, 0, record.length - 4)
  record[4] = Op[name]
  record.set(map, RECORD_HEAD_BYTES)
  return record
}

/**
 * Decodes the body of a record, bytes[start, end), which follows the op. Undefined for an op that may be skipped.
 * Throws TCN_PROTOCOL_OP, TCN_PROTOCOL_LENGTH or TCN_PROTOCOL_BODY, also for more than `mostValues`.
 */
export function decodeRecord(
  op: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  mostValues = MAX_ANSWER_VALUES,
): ControlRecord | undefined {
  const name = names.get(op)
  if (name === undefined) {
    if (op >= FIRST_IGNORABLE_OP) return undefined
    throw new TocsinError('TCN_PROTOCOL_OP', `op ${op} is not known`, { details: { op } })
  }
  const length = end - start + RECORD_HEAD_BYTES
  if (length > recordLimit(name)) throw tooLong(name, length)
  const fault = checkValue(bytes, start, end, DEFAULT_LIMITS.depth)
  if (fault !== undefined) throw notValid(name, 'is not exactly one valid msgpack value')
  const asks = name === 'request' || name === 'subscribe'
  if (asks && hasMoreValues(bytes, start, end, MAX_REQUEST_VALUES)) return longRecord(name, bytes, start, end)
  if (!asks && hasMoreValues(bytes, start, end, mostValues)) throw hasTooMany(name, mostValues)
  try {
    const body = recordShapes[name](decode(bytes, start, end), '')
    return { name, body } as ControlRecord
  } catch (error) {
    throw notValid(name, error instanceof Mismatch ? error.message : 'is not a map that can be decoded')
  }
}

/** Reads only the id of a request, so that it can be refused by it. */
function longRecord(
  name: 'request' | 'subscribe',
  bytes: Uint8Array,
  start: number,
  end: number,
): ControlRecord {
  const position = find(bytes, start, end, idPath)
  const id = position < 0 ? undefined : scalarAt(bytes, position)
  if (name === 'subscribe' || typeof id !== 'number') throw hasTooMany(name, MAX_REQUEST_VALUES)
  return { name, body: { id, method: '', tooLong: true } }
}

export function wireError({ code, message, details }: TocsinError): WireError {
  return Object.keys(details).length === 0 ? { code, message } : { code, message, details }
}

function tooLong(name: ControlName, bytes: number): TocsinError {
  const limit = recordLimit(name)
  return new TocsinError('TCN_PROTOCOL_LENGTH', `${name} of ${bytes} bytes is longer than ${limit}`, {
    details: { op: name, bytes, limit },
  })
}

function hasTooMany(name: ControlName, most: number): TocsinError {
  return notValid(name, `has more than ${most} values`)
}

function notValid(name: ControlName, what: string): TocsinError {
  return new TocsinError('TCN_PROTOCOL_BODY', `${name}: ${what}`, { details: { op: name } })
}
