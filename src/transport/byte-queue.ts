const FIRST_BYTES = 4096
const none = Buffer.alloc(0)

/** Bytes that come in pieces and leave in others. It holds no memory while it is empty. */
export class ByteQueue {
  #memory = none
  #start = 0
  #end = 0

  get length(): number {
    return this.#end - this.#start
  }

  /** The bytes, valid until the next call of another function. */
  get bytes(): Buffer {
    return this.#memory.subarray(this.#start, this.#end)
  }

  push(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#memory.length) this.#makeRoom(bytes.length)
    this.#memory.set(bytes, this.#end)
    this.#end += bytes.length
  }

  drop(count: number): void {
    this.#start += count
    if (this.#start < this.#end) return
    this.clear()
  }

  /** Returns a copy of the first bytes, and drops them. */
  take(count: number): Buffer {
    const taken = Buffer.from(this.bytes.subarray(0, count))
    this.drop(count)
    return taken
  }

  clear(): void {
    this.#memory = none
    this.#start = 0
    this.#end = 0
  }

  #makeRoom(count: number): void {
    const { bytes } = this
    const needed = bytes.length + count
    // The size doubles, so that a byte is copied a few times however long the whole becomes.
    const memory =
      needed * 2 <= this.#memory.length
        ? this.#memory
        : Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, needed * 2))
    memory.set(bytes)
    this.#memory = memory
    this.#start = 0
    this.#end = bytes.length
  }
}
