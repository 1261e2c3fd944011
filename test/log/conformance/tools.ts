import { deepEqual, equal, ok } from 'node:assert/strict'
import {
  encodeFrame,
  frameBytes,
  frameSeq,
  frameTime,
  setFrameSeq,
  setFrameTime,
  tagLength,
  tagStart,
} from '../../../src/event/frame.js'
import type { EventLog, FrameBatch, ProducerRange, ReadLimits } from '../../../src/log/event-log.js'

/** An engine as the conformance suite sees it. */
export interface LogHarness {
  /** Opens a new, empty log. The suite closes it. */
  open(): Promise<EventLog>
  /** Closes the log and opens it again. Engines that keep nothing across a restart leave it out. */
  reopen?(log: EventLog): Promise<EventLog>
}

/** Registers a test that gets a new log. */
export type LogTest = (name: string, run: (log: EventLog) => Promise<void>) => void

/** An event that a test expects to read back. */
export interface Expected {
  seq: number
  time: number
  tag: string
  /** Bytes of the frame. */
  frame: Uint8Array
}

/** Returns a generator of pseudorandom numbers in [0, 1). The same seed gives the same numbers. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function frameOf(tag: string, bodyBytes = 40, source = 'test'): Uint8Array {
  return encodeFrame({ tag, source, body: new Uint8Array(bodyBytes).fill(0xc0) })
}

export function frames(count: number, bodyBytes = 40, prefix = 'test/frames'): Uint8Array[] {
  return Array.from({ length: count }, (_, at) => frameOf(`${prefix}/${at}`, bodyBytes))
}

export function batchOf(parts: readonly Uint8Array[], producers?: ProducerRange[]): FrameBatch {
  return { bytes: Buffer.concat(parts), count: parts.length, firstSeq: 0, lastSeq: 0, producers }
}

/** Resolves with the last seq when the frames are stored. */
export function append(
  log: EventLog,
  parts: readonly Uint8Array[],
  producers?: ProducerRange[],
): Promise<number> {
  return new Promise((resolve, reject) => {
    log.append(batchOf(parts, producers), (error, lastSeq) =>
      error === undefined ? resolve(lastSeq) : reject(error),
    )
  })
}

export async function appendEach(log: EventLog, parts: readonly Uint8Array[]): Promise<void> {
  for (const part of parts) await append(log, [part])
}

export function unpack({ bytes }: FrameBatch): Expected[] {
  const found: Expected[] = []
  for (let at = 0; at < bytes.length; at += frameBytes(bytes, at)) {
    const tag = Buffer.from(bytes.subarray(tagStart(bytes, at), tagStart(bytes, at) + tagLength(bytes, at)))
    const frame = Uint8Array.from(bytes.subarray(at, at + frameBytes(bytes, at)))
    found.push({ seq: frameSeq(bytes, at), time: frameTime(bytes, at), tag: tag.toString(), frame })
  }
  return found
}

/** Reads frames in the order in which the log returns them, and checks the fields of every batch. */
export async function readAll(log: EventLog, from: number, limits: ReadLimits = {}): Promise<Expected[]> {
  const found: Expected[] = []
  for await (const batch of log.read(from, limits)) {
    const events = unpack(batch)
    equal(batch.count, events.length, 'count of the batch')
    equal(batch.firstSeq, events[0]?.seq, 'first seq of the batch')
    equal(batch.lastSeq, events.at(-1)?.seq, 'last seq of the batch')
    ok(isAscending(events.map(({ seq }) => seq)), 'seq rises within a batch')
    found.push(...(limits.backwards ? events.reverse() : events))
  }
  return found
}

export function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, at) => at === 0 || number > numbers[at - 1])
}

export function seqsOf(events: readonly Expected[]): number[] {
  return events.map(({ seq }) => seq)
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at)
}

/** Returns a copy of the frame without the seq and time that the log assigned. */
export function withoutSeqAndTime(frame: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(frame)
  setFrameSeq(copy, 0, 0)
  setFrameTime(copy, 0, 0)
  return copy
}

export function sameEvents(found: readonly Expected[], expected: readonly Expected[]): void {
  deepEqual(seqsOf(found), seqsOf(expected))
  for (const [at, event] of found.entries()) equal(Buffer.compare(event.frame, expected[at].frame), 0)
}
