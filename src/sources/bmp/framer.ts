import type { Splitter } from '../text/stream-reader.js'
import { HEAD_BYTES, READ_TYPES, VERSION } from './message.js'

/** More than a message about a session has, even with two OPEN messages of the largest size. */
const MAX_READ = 160 * 1024
/** Messages about routes are not kept, but their length must make sense. */
const MAX_SKIPPED = 16 * 2 ** 20

export type BmpFrame = { type: number; body: Buffer } | 'fault'

/** Splits a stream into messages, and leaves out those about routes. After a fault there is nothing more. */
export class BmpFramer implements Splitter<BmpFrame> {
  #bytes: Buffer = Buffer.alloc(0)
  /** Bytes of a message that are not kept. */
  #skip = 0
  #isFaulty = false

  get held(): number {
    return this.#bytes.length
  }

  feed(chunk: Buffer): void {
    const rest = chunk.subarray(this.#skip)
    this.#skip -= chunk.length - rest.length
    if (rest.length > 0) this.#bytes = this.#bytes.length === 0 ? rest : Buffer.concat([this.#bytes, rest])
  }

  next(): BmpFrame | undefined {
    while (!this.#isFaulty && this.#bytes.length >= HEAD_BYTES) {
      const length = this.#bytes.readUInt32BE(1)
      const type = this.#bytes[5]
      const isRead = READ_TYPES.has(type)
      this.#isFaulty =
        this.#bytes[0] !== VERSION || length < HEAD_BYTES || length > (isRead ? MAX_READ : MAX_SKIPPED)
      if (this.#isFaulty) return 'fault'
      const body = this.#bytes.subarray(HEAD_BYTES, length)
      if (isRead && this.#bytes.length < length) return undefined
      this.#skip = Math.max(0, length - this.#bytes.length)
      this.#bytes = this.#bytes.subarray(length)
      if (isRead) return { type, body }
    }
    if (this.#isFaulty) this.#bytes = this.#bytes.subarray(0, 0)
    return undefined
  }

  rest(): undefined {
    return undefined
  }
}
