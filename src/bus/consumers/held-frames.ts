import { frameBytes, frameSeq } from '../../event/frame.js'

/** Frames taken in and not handed out yet: at most the output of one tick, or one piece of the log. */
export class HeldFrames {
  #pieces: Uint8Array[] = []
  /** Offset of the first frame in the first piece. */
  at = 0

  add(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) if (piece.length > 0) this.#pieces.push(piece)
  }

  get empty(): boolean {
    return this.#pieces.length === 0
  }

  /** The piece with the first frame. */
  get bytes(): Uint8Array {
    return this.#pieces[0]
  }

  /** Of the first frame. */
  get seq(): number {
    return frameSeq(this.bytes, this.at)
  }

  next(): void {
    this.at += frameBytes(this.bytes, this.at)
    if (this.at < this.bytes.length) return
    this.#pieces.shift()
    this.at = 0
  }

  clear(): void {
    this.#pieces = []
    this.at = 0
  }
}
