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
  /** Frames that the hub made for this subscription only (synthetic ones) have no seq in the log. */
  readonly lastSeq: number
  #bytes: Uint8Array | undefined

  constructor(chunk: Uint8Array, start: number, end: number, count: number, reception: Reception) {
    this.chunk = chunk
    this.start = start
    this.end = end
    this.count = count
    this.reception = reception
    let seq = 0
    for (let at = start; at < end; at += frameBytes(chunk, at)) {
      if ((frameFlags(chunk, at) & Flag.synthetic) === 0) seq = frameSeq(chunk, at)
    }
    this.lastSeq = seq
  }

  get bytes(): Uint8Array {
    this.#bytes ??= this.chunk.subarray(this.start, this.end)
    return this.#bytes
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
}
