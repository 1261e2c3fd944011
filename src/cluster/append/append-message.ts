import { knownCode } from '../../errors/known-code.js'
import { type ErrorCode, TocsinError } from '../../errors/tocsin-error.js'
import { frameBytes, HEADER_BYTES } from '../../event/frame.js'
import { decode, encode } from '../../event/index.js'
import { MAX_SPANS } from '../../log/refused-spans.js'
import type { AppendEntry, AppendOutcome } from './append-entry.js'

/**
 * Entries on their way to the primary, as one message of NATS: the length of the head (u32, little-endian), the head, and
 * the frames of all entries. The head is msgpack:
 *
 *   [hub, attempt, nth, [[number, bytes, count, first, last, key, refused], …]]
 *
 * `refused` is absent, or says which counters up to the last were refused: [[first, last, code], …].
 *
 * Each attempt begins with the oldest entry that has no answer; `nth` counts its messages from 0, so that a message that
 * was lost is missed. The answer is msgpack too: [[number, seq, run] or [number, code, message], …].
 */
export interface AppendMessage {
  /** The hub that sends it. */
  hub: string
  attempt: number
  nth: number
  entries: AppendEntry[]
}

type Row = [number, number, number, number, number, string, [number, number, ErrorCode][]?]
type Head = [string, number, number, Row[]]
type Answer = [number, number, number] | [number, string, string]

const LENGTH_BYTES = 4
const MAX_ENTRIES = 100_000

export function encodeAppends({ hub, attempt, nth, entries }: AppendMessage): Buffer {
  const rows = entries.map(({ number, bytes, producer }) => {
    const { count, first, last, key, refused } = producer
    const row: Row = [number, bytes.length, count, first, last, key]
    if (refused !== undefined) row.push(refused.map(({ first, last, code }) => [first, last, code]))
    return row
  })
  const head = encode([hub, attempt, nth, rows])
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32LE(head.length)
  return Buffer.concat([length, head, ...entries.map(({ bytes }) => bytes)])
}

/** Returns undefined for a message that no hub has sent. The frames are those of the message itself. */
export function decodeAppends(payload: Uint8Array): AppendMessage | undefined {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length)
  if (bytes.length < LENGTH_BYTES) return undefined
  const start = LENGTH_BYTES + bytes.readUInt32LE(0)
  if (start > bytes.length) return undefined
  const head = headOf(bytes.subarray(LENGTH_BYTES, start))
  if (head === undefined) return undefined
  const [hub, attempt, nth, rows] = head
  const entries: AppendEntry[] = []
  let at = start
  for (const [number, length, count, first, last, key, refused] of rows) {
    const frames = bytes.subarray(at, at + length)
    if (frames.length !== length || !holds(frames, count)) return undefined
    const spans = refused?.map(([first, last, code]) => ({ first, last, code }))
    const producer = { key, first, last, count, ...(spans && { refused: spans }) }
    entries.push({ number, bytes: frames, producer })
    at += length
  }
  return { hub, attempt, nth, entries }
}

export function encodeOutcomes(outcomes: readonly AppendOutcome[]): Uint8Array {
  return encode(
    outcomes.map(
      ({ number, error, seq, run }): Answer =>
        error === undefined ? [number, seq, run] : [number, error.code, error.message],
    ),
  )
}

export function decodeOutcomes(payload: Uint8Array): AppendOutcome[] {
  const answers = safely(() => decode(payload) as Answer[])
  if (!Array.isArray(answers)) return []
  return answers.flatMap((answer) => {
    if (!Array.isArray(answer) || !Number.isSafeInteger(answer[0])) return []
    const [number, second, third] = answer
    if (typeof second === 'number' && typeof third === 'number') return [{ number, seq: second, run: third }]
    return [{ number, seq: 0, run: 0, error: new TocsinError(knownCode(second), String(third)) }]
  })
}

function headOf(bytes: Uint8Array): Head | undefined {
  const head = safely(() => decode(bytes) as Head)
  if (!Array.isArray(head)) return undefined
  const [hub, attempt, nth, rows] = head
  const isWhole =
    typeof hub === 'string' &&
    [attempt, nth].every(Number.isSafeInteger) &&
    Array.isArray(rows) &&
    rows.length <= MAX_ENTRIES &&
    rows.every((row) => Array.isArray(row) && isRow(row))
  return isWhole ? head : undefined
}

function isRow([number, length, count, first, last, key, refused]: unknown[]): boolean {
  const isCounted = [number, length, count, first, last].every(
    (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  )
  return isCounted && typeof key === 'string' && (refused === undefined || areSpans(refused))
}

function areSpans(list: unknown): boolean {
  return (
    Array.isArray(list) &&
    list.length <= MAX_SPANS &&
    list.every(
      (span) =>
        Array.isArray(span) &&
        Number.isSafeInteger(span[0]) &&
        Number.isSafeInteger(span[1]) &&
        typeof span[2] === 'string',
    )
  )
}

/** Returns whether these are as many whole frames. */
function holds(frames: Uint8Array, count: number): boolean {
  let found = 0
  let at = 0
  for (; at + HEADER_BYTES <= frames.length; at += frameBytes(frames, at)) {
    if (frameBytes(frames, at) < HEADER_BYTES) return false
    found++
  }
  return at === frames.length && found === count && count > 0
}

function safely<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
