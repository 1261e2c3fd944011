import type { FrameBatch } from '../log/event-log.js'
import type { Piece, Sink } from './sink.js'

type Output = Pick<Sink, 'write' | 'pending' | 'keepsNothing'>
type Lent = Pick<FrameBatch, 'bytes' | 'release'>

/** The batches whose memory waits to be used again, because the peer of a subscription has not taken all of them. */
export class LentBatches {
  readonly #sink: Output
  #releases: (() => void)[] = []

  constructor(sink: Output) {
    this.#sink = sink
  }

  /** Writes output that was made of a batch, and releases the batch when nothing refers to its memory. */
  write(pieces: readonly Piece[], { bytes, release }: Lent): void {
    this.taken()
    this.#sink.write(pieces)
    if (release === undefined) return
    if (!pieces.some((piece) => mayUse(piece, bytes))) release()
    else if (this.#sink.keepsNothing) this.#releases.push(release)
  }

  /** Releases what the peer has taken. */
  taken(): void {
    if (this.#releases.length === 0 || this.#sink.pending > 0) return
    for (const release of this.#releases.splice(0)) release()
  }
}

function mayUse(piece: Piece, bytes: Uint8Array): boolean {
  return !(piece instanceof Uint8Array) || piece.buffer === bytes.buffer
}
