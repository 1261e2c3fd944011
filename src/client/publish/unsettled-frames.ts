import { frameBytes, frameSeq } from '../../event/frame.js'
import type { WrittenFrames } from '../../event/frame-writer.js'
import { Queue } from '../queue.js'

export interface UnsettledBatch extends WrittenFrames {
  /** A record that must precede the frames. */
  before?: Uint8Array
}

/** The frames that were sent and may have to be sent again, in the memory in which they were written. */
export class UnsettledFrames {
  readonly #batches = new Queue<UnsettledBatch>()
  bytes = 0

  add(batch: UnsettledBatch): void {
    this.#batches.push(batch)
    this.bytes += batch.bytes.length
  }

  /** Forgets everything up to the counter. */
  release(counter: number): void {
    for (
      let batch = this.#batches.first;
      batch !== undefined && batch.last <= counter;
      batch = this.#batches.first
    ) {
      this.#batches.shift()
      this.bytes -= batch.bytes.length
    }
  }

  /** The bytes to send for everything after the counter, except for events that were refused. */
  *after(counter: number, isRefused: (counter: number) => boolean): IterableIterator<Uint8Array> {
    for (const batch of this.#batches) {
      if (batch.last <= counter) continue
      const start = batch.first > counter ? 0 : offsetAfter(batch.bytes, counter)
      const pieces = [...withoutRefused(batch.bytes, start, isRefused)]
      if (pieces.length > 0 && batch.before !== undefined) yield batch.before
      yield* pieces
    }
  }
}

function* withoutRefused(
  bytes: Uint8Array,
  from: number,
  isRefused: (counter: number) => boolean,
): IterableIterator<Uint8Array> {
  let start = from
  for (let at = from; at < bytes.length; ) {
    const next = at + frameBytes(bytes, at)
    if (isRefused(frameSeq(bytes, at))) {
      if (at > start) yield bytes.subarray(start, at)
      start = next
    }
    at = next
  }
  if (start < bytes.length) yield start === 0 ? bytes : bytes.subarray(start)
}

function offsetAfter(bytes: Uint8Array, counter: number): number {
  let at = 0
  while (at < bytes.length && frameSeq(bytes, at) <= counter) at += frameBytes(bytes, at)
  return at
}
