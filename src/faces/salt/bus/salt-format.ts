import type { Format } from '../../../bus/sink.js'
import {
  bodyStart,
  frameBytes,
  frameTime,
  HEADER_BYTES,
  SEPARATOR_BYTES,
  sourceLength,
  tagStart,
} from '../../../event/frame.js'
import { bodyKey, type Echoes, isStamped } from '../../../protocols/salt/codec/echoes.js'
import { foreignBody } from '../../../protocols/salt/codec/foreign.js'
import { framedBytes, writeFrameHead } from '../../../protocols/salt/codec/frame.js'

/**
 * Encodes events as frames of a Salt bus. Events of the bus itself are copied unchanged, since `tag 0A 0A body` is
 * also the body of Salt's frame. Events from other sources are converted to Salt's form.
 */
export class SaltFormat implements Format {
  readonly name: string
  readonly #source: Uint8Array
  readonly #echoes: Echoes

  constructor(source: string, echoes: Echoes) {
    this.name = `salt of ${source}`
    this.#source = new TextEncoder().encode(source)
    this.#echoes = echoes
  }

  encode(frames: Uint8Array): Uint8Array {
    const from = Buffer.from(frames.buffer, frames.byteOffset, frames.length)
    const foreign: Uint8Array[] = []
    const out = Buffer.allocUnsafeSlow(this.#measure(frames, foreign))
    let next = 0
    for (let at = 0, nth = 0; at < frames.length; ) {
      const end = at + frameBytes(frames, at)
      if (this.#isOwn(frames, at)) {
        const start = tagStart(frames, at)
        next = writeFrameHead(out, next, end - start)
        from.copy(out, next, start, end)
        if (this.#echoes.watched && isStamped(frames, bodyStart(frames, at), end))
          this.#remember(frames.subarray(start, end))
        next += end - start
      } else {
        const body = foreign[nth++]
        next = writeFrameHead(out, next, body.length)
        out.set(body, next)
        next += body.length
      }
      at = end
    }
    return out
  }

  /** Returns the size of all frames. Creates the bodies of foreign events on the way. */
  #measure(frames: Uint8Array, foreign: Uint8Array[]): number {
    let bytes = 0
    for (let at = 0; at < frames.length; ) {
      const end = at + frameBytes(frames, at)
      if (this.#isOwn(frames, at)) {
        bytes += framedBytes(end - tagStart(frames, at))
      } else {
        const data = bodyStart(frames, at)
        const tag = frames.subarray(tagStart(frames, at), data - SEPARATOR_BYTES)
        const body = foreignBody(tag, frames.subarray(data, end), frameTime(frames, at))
        foreign.push(body)
        if (this.#echoes.watched) this.#remember(body)
        bytes += framedBytes(body.length)
      }
      at = end
    }
    return bytes
  }

  /** Remembers a body that another hub attached to this bus may send back through a source. */
  #remember(body: Uint8Array): void {
    this.#echoes.add(bodyKey(body))
  }

  #isOwn(frames: Uint8Array, at: number): boolean {
    const source = this.#source
    if (sourceLength(frames, at) !== source.length) return false
    const start = at + HEADER_BYTES
    for (let index = 0; index < source.length; index++) {
      if (frames[start + index] !== source[index]) return false
    }
    return true
  }
}
