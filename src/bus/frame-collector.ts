/** Up to this many pieces are written separately, with one writev; more are copied into one piece. */
const MAX_PIECES = 3

/**
 * Collects whole frames for one output, as ranges of the log's slabs. Frames that are adjacent there
 * become one range, so that the usual output of a tick is a single piece that was never copied.
 */
export class FrameCollector {
  #buffers: ArrayBufferLike[] = []
  #starts: number[] = []
  #ends: number[] = []
  /** The last added bytes with their memory, since a look-up for each frame would take most of the time. */
  #bytes: Uint8Array = nothing
  #buffer: ArrayBufferLike = nothing.buffer
  #offset = 0
  bytes = 0
  frames = 0

  add(bytes: Uint8Array, start: number, end: number, frames: number): void {
    if (bytes !== this.#bytes) this.#use(bytes)
    const from = this.#offset + start
    const to = this.#offset + end
    const last = this.#ends.length - 1
    if (last >= 0 && this.#ends[last] === from && this.#buffers[last] === this.#buffer) {
      this.#ends[last] = to
    } else {
      this.#buffers.push(this.#buffer)
      this.#starts.push(from)
      this.#ends.push(to)
    }
    this.bytes += end - start
    this.frames += frames
  }

  get empty(): boolean {
    return this.#ends.length === 0
  }

  /** Returns the frames as at most MAX_PIECES pieces. The collector is empty afterwards. */
  take(): Uint8Array[] {
    const pieces = this.#ends.length <= MAX_PIECES ? this.#views() : [this.#joined()]
    this.clear()
    return pieces
  }

  clear(): void {
    this.#buffers.length = 0
    this.#starts.length = 0
    this.#ends.length = 0
    this.bytes = 0
    this.frames = 0
    this.#use(nothing)
  }

  #use(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#buffer = bytes.buffer
    this.#offset = bytes.byteOffset
  }

  #views(): Uint8Array[] {
    return this.#ends.map((end, i) => view(this.#buffers[i], this.#starts[i], end))
  }

  #joined(): Uint8Array {
    const all = new Uint8Array(this.bytes)
    let at = 0
    for (let i = 0; i < this.#ends.length; i++) {
      all.set(view(this.#buffers[i], this.#starts[i], this.#ends[i]), at)
      at += this.#ends[i] - this.#starts[i]
    }
    return all
  }
}

function view(buffer: ArrayBufferLike, start: number, end: number): Uint8Array {
  return new Uint8Array(buffer, start, end - start)
}

const nothing = new Uint8Array(0)
