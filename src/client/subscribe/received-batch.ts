import { Flag, frameBytes, frameFlags, frameSeq } from '../../event/frame.js'
import type { EventBatch } from '../api.js'
import { ReceivedEvent, type Reception } from './received-event.js'

/** Events as they were received: whole frames, back to back, in [start, end) of the bytes that the socket gave. */
export class ReceivedBatch implements EventBatch {
  declare readonly status?: undefined
  readonly chunk: Uint8Array
  readonly start: number
  readonly end: number
  readonly count: number
  readonly reception: Reception
  #lastSeq: number | undefined
  #bytes: Uint8Array | undefined

  constructor(chunk: Uint8Array, start: number, end: number, count: number, reception: Reception) {
    this.chunk = chunk
    this.start = start
    this.end = end
    this.count = count
    this.reception = reception
  }

  get bytes(): Uint8Array {
    this.#bytes ??= this.chunk.subarray(this.start, this.end)
    return this.#bytes
  }

  /** Frames that the hub made for this subscription only (synthetic ones) have no seq in the log. */
  get lastSeq(): number {
    this.#lastSeq ??= this.#findLastSeq()
    return this.#lastSeq
  }

  forEach(visit: (bytes: Uint8Array, at: number) => void): void {
    for (let at = this.start; at < this.end; ) {
      const next = at + frameBytes(this.chunk, at)
      visit(this.chunk, at)
      at = next
    }
  }

  events(): ReceivedEvent[] {
    const events: ReceivedEvent[] = []
    this.forEach((bytes, at) => void events.push(new ReceivedEvent(bytes, at, this.reception)))
    return events
  }

  #findLastSeq(): number {
    let seq = 0
    for (let at = this.start; at < this.end; at += frameBytes(this.chunk, at)) {
      if ((frameFlags(this.chunk, at) & Flag.synthetic) === 0) seq = frameSeq(this.chunk, at)
    }
    return seq
  }
}
