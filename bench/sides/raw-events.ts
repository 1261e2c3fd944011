import { once } from 'node:events'
import type { Socket } from 'node:net'
import { encode } from '../../src/event/index.js'
import { sample, sampleTag } from '../harness/sample-event.js'
import type { Receiving, Sender } from './side.js'

/**
 * Events as bytes that were encoded once: only the counter and stamp of each are written, so that neither end does
 * more than any program must that uses a socket.
 */

/** Above 2^32, so that the last field of every body is an integer of 8 bytes. */
const SOME_STAMP = 2 ** 40
const STAMP_BYTES = 8
const SLAB_BYTES = 256 * 1024
const MAX_WAITING = 1024 * 1024
const NOTHING = Buffer.alloc(0)

export const TAG = sampleTag(0)
export const BODY: Buffer = Buffer.from(encode(sample(0, SOME_STAMP)))

export interface RawFrames {
  /** One event, which ends with its stamp. */
  readonly template: Buffer
  /** Writes the counter of an event that begins at `at`. */
  count?(slab: Buffer, at: number, counter: number): void
}

export class RawSender implements Sender {
  readonly #socket: Socket
  readonly #kinds: readonly RawFrames[]
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
  #at = 0
  #counter = 0
  #scheduled = false

  /** Sends events of these kinds in turn. */
  constructor(socket: Socket, kinds: readonly RawFrames[]) {
    this.#socket = socket
    this.#kinds = kinds
    socket.on('data', () => undefined)
    socket.on('error', fail)
  }

  send(_index: number, stamp: number): boolean {
    const { template, count } = this.#kinds[this.#counter++ % this.#kinds.length]
    if (this.#at + template.length > SLAB_BYTES) this.#write()
    template.copy(this.#slab, this.#at)
    count?.(this.#slab, this.#at, this.#counter)
    this.#at += template.length
    if (stamp > 0) this.#stamp(stamp)
    if (!this.#scheduled) {
      this.#scheduled = true
      setImmediate(this.#write)
    }
    return this.#socket.writableLength < MAX_WAITING
  }

  async ready(): Promise<void> {
    if (this.#socket.writableLength >= MAX_WAITING) await once(this.#socket, 'drain')
  }

  sendDurably(): Promise<never> {
    return Promise.reject(new Error('nothing is answered'))
  }

  async flush(): Promise<void> {
    this.#write()
    // There is no 'drain' below the high-water mark, but the callback of the last write is always called.
    await new Promise<void>((resolve) => this.#socket.write(NOTHING, () => resolve()))
  }

  #stamp(stamp: number): void {
    this.#slab.writeUInt32BE(Math.floor(stamp / 2 ** 32), this.#at - STAMP_BYTES)
    this.#slab.writeUInt32BE(stamp >>> 0, this.#at - STAMP_BYTES / 2)
  }

  #write = (): void => {
    this.#scheduled = false
    if (this.#at === 0) return
    this.#socket.write(this.#slab.subarray(0, this.#at))
    this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
    this.#at = 0
  }
}

/**
 * Counts events in a stream. `lengthAt` returns the length of the item at an offset, 0 if there are too few bytes to
 * know it, and a negative length if it is not an event.
 */
export function countRaw(
  socket: Socket,
  { decode, took, stamped }: Receiving,
  lengthAt: (chunk: Buffer, at: number) => number,
): void {
  let rest: Buffer | undefined
  socket.on('error', fail)
  socket.on('data', (received: Buffer) => {
    const chunk = rest === undefined ? received : Buffer.concat([rest, received])
    let at = 0
    let events = 0
    while (at < chunk.length) {
      const length = lengthAt(chunk, at)
      const end = at + Math.abs(length)
      if (length === 0 || end > chunk.length) break
      if (length > 0) events++
      if (length > 0 && decode) stamped?.(stampAt(chunk, end))
      at = end
    }
    rest = at === chunk.length ? undefined : chunk.subarray(at)
    if (events > 0) took(events)
  })
}

function stampAt(chunk: Buffer, end: number): number {
  return chunk.readUInt32BE(end - STAMP_BYTES) * 2 ** 32 + chunk.readUInt32BE(end - STAMP_BYTES / 2)
}

function fail(error: unknown): void {
  console.error(error)
  process.exit(1)
}
