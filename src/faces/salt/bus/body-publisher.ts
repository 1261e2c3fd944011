import type { PublisherApi } from '../../../bus/api.js'
import { HEADER_BYTES, setFrameSeq, setFrameTime, writeHeader } from '../../../event/frame.js'
import { isUtf8 } from '../../../event/utf8.js'
import { findSeparator } from '../../../protocols/salt/codec/body.js'
import type { FrameFault, FrameSink } from '../../../protocols/salt/codec/frame.js'
import type { DropReporter } from './drop-reporter.js'

const SLAB_BYTES = 256 * 1024
/** The tag length in the header of a frame has 16 bits. */
const MAX_TAG_LENGTH = 0xffff

/**
 * Encodes Salt's bodies as frames and publishes those of one read together. The bus validates them and copies the
 * frames that it accepts, so that one slab serves all publishers of a Salt bus.
 */
export class BodyPublisher implements FrameSink {
  readonly #publisher: PublisherApi
  readonly #source: Uint8Array
  readonly #drops: DropReporter
  #slab = new Uint8Array(SLAB_BYTES)
  #end = 0
  #counter: number

  constructor(publisher: PublisherApi, source: string, drops: DropReporter) {
    this.#publisher = publisher
    this.#source = new TextEncoder().encode(source)
    this.#drops = drops
    this.#counter = publisher.lastCounter
  }

  onBody(bytes: Uint8Array, start: number, end: number, isText: boolean): void {
    // Salt's own buses read text as UTF-8 and drop anything else.
    if (isText && !isUtf8(bytes, start, end)) {
      this.#drops.add('TCN_SALT_FRAME', 'the body is text and not UTF-8')
      return
    }
    const separator = findSeparator(bytes, start, end)
    if (separator < 0) this.#drops.add('TCN_FRAME_SEPARATOR')
    else if (separator - start > MAX_TAG_LENGTH) this.#drops.add('TCN_TAG_TOO_LONG')
    else this.#write(bytes, start, end, separator - start)
  }

  onFault(fault: FrameFault): void {
    this.#drops.add('TCN_SALT_FRAME', `what came is ${fault === 'no body' ? 'without body' : fault}`)
  }

  /** Publishes the frames of one read. Called after each read. */
  publish(): void {
    const end = this.#end
    if (end === 0) return
    this.#end = 0
    this.#publisher.publish(this.#slab, 0, end)
    if (this.#slab.length > SLAB_BYTES) this.#slab = new Uint8Array(SLAB_BYTES)
  }

  #write(bytes: Uint8Array, start: number, end: number, tagBytes: number): void {
    const source = this.#source
    const total = HEADER_BYTES + source.length + end - start
    if (this.#end + total > this.#slab.length) this.#makeRoom(total)
    const slab = this.#slab
    const at = this.#end
    writeHeader(slab, at, total, 0, tagBytes, 0, source.length, 0)
    setFrameSeq(slab, at, ++this.#counter)
    setFrameTime(slab, at, 0)
    slab.set(source, at + HEADER_BYTES)
    slab.set(bytes.subarray(start, end), at + HEADER_BYTES + source.length)
    this.#end = at + total
  }

  #makeRoom(bytes: number): void {
    this.publish()
    if (bytes > this.#slab.length) this.#slab = new Uint8Array(bytes)
  }
}
