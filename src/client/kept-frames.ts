import { frameBytes, frameSeq } from '../event/frame.js'
import type { WrittenFrames } from '../event/frame-writer.js'
import { Queue } from './queue.js'

export interface KeptPiece extends WrittenFrames {
  /** A record that goes ahead of the frames. */
  before?: Uint8Array
}

/** What was sent and may have to be sent again. The pieces are the memory they were written to. */
export class KeptFrames {
  readonly #pieces = new Queue<KeptPiece>()
  bytes = 0

  add(piece: KeptPiece): void {
    this.#pieces.push(piece)
    this.bytes += piece.bytes.length
  }

  /** Everything up to the counter will never be wanted again. */
  release(counter: number): void {
    for (
      let piece = this.#pieces.first;
      piece !== undefined && piece.last <= counter;
      piece = this.#pieces.first
    ) {
      this.#pieces.shift()
      this.bytes -= piece.bytes.length
    }
  }

  /** What follows the counter, as it goes over the wire. */
  *after(counter: number): IterableIterator<Uint8Array> {
    for (const piece of this.#pieces) {
      if (piece.last <= counter) continue
      if (piece.before !== undefined) yield piece.before
      yield piece.first > counter ? piece.bytes : piece.bytes.subarray(offsetAfter(piece.bytes, counter))
    }
  }
}

function offsetAfter(bytes: Uint8Array, counter: number): number {
  let at = 0
  while (at < bytes.length && frameSeq(bytes, at) <= counter) at += frameBytes(bytes, at)
  return at
}
