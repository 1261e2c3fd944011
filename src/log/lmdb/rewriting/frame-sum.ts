import { crc32 } from 'node:zlib'

/** Count, bytes and checksum of frames in their order, however they are divided into chunks. */
export class FrameSum {
  count = 0
  bytes = 0
  #crc32 = 0

  add(frames: Uint8Array, count: number): void {
    this.count += count
    this.bytes += frames.length
    this.#crc32 = crc32(frames, this.#crc32)
  }

  toString(): string {
    return `${this.count} events in ${this.bytes} bytes (crc32 ${this.#crc32.toString(16).padStart(8, '0')})`
  }
}
