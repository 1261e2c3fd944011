/** A batch that is longer than this has a single event. */
export const LONG_BATCH_BYTES = 1024 * 1024
/** Bytes of different long batches that may wait for the peers of one principal; a longer one goes alone. */
const BYTES_OF_ONE = 32 * 1024 * 1024

/** A subscription that catches up. */
export interface Replay {
  readonly principal: { readonly name: string }
  /** Called when there may be room again. */
  resume(): void
}

/**
 * Bounds the memory of long events that wait for the peers of each principal: of many subscriptions that replay the log
 * at different places, those that have no room wait for the others. A batch that several of them hold counts once.
 */
export class LongBatches {
  readonly #shares = new Map<string, Share>()

  /** Holds a batch that is longer than LONG_BATCH_BYTES. Returns false if there is no room: then the replay is resumed when there is. */
  take(replay: Replay, batch: Uint8Array): boolean {
    return this.#shareOf(replay).take(replay, batch.buffer)
  }

  /** Called when the peer has taken what its subscription held, if it held anything. */
  taken(replay: Replay): void {
    if (this.#shares.get(replay.principal.name)?.release(replay)) this.passOn(replay)
  }

  /** Called when the subscription ends. */
  left(replay: Replay): void {
    this.#shares.get(replay.principal.name)?.release(replay)
    this.passOn(replay)
  }

  /** Called when a replay has had its turn: others that wait may also find room. */
  passOn({ principal: { name } }: Replay): void {
    const share = this.#shares.get(name)
    if (share?.isEmpty) this.#shares.delete(name)
    else share?.resumeOne()
  }

  #shareOf({ principal: { name } }: Replay): Share {
    const share = this.#shares.get(name) ?? new Share()
    this.#shares.set(name, share)
    return share
  }
}

/** The long batches of one principal. */
class Share {
  readonly #waiting = new Set<Replay>()
  readonly #held = new Map<Replay, ArrayBufferLike>()
  readonly #users = new Map<ArrayBufferLike, number>()
  #bytes = 0

  take(replay: Replay, memory: ArrayBufferLike): boolean {
    const users = this.#users.get(memory) ?? 0
    if (users === 0) {
      if (this.#bytes > 0 && this.#bytes + memory.byteLength > BYTES_OF_ONE) {
        this.#waiting.add(replay)
        return false
      }
      this.#bytes += memory.byteLength
    }
    this.#users.set(memory, users + 1)
    this.#held.set(replay, memory)
    return true
  }

  /** Returns whether the replay held anything. */
  release(replay: Replay): boolean {
    this.#waiting.delete(replay)
    const memory = this.#held.get(replay)
    if (memory === undefined) return false
    this.#held.delete(replay)
    const users = this.#users.get(memory)! - 1
    if (users > 0) this.#users.set(memory, users)
    else {
      this.#users.delete(memory)
      this.#bytes -= memory.byteLength
    }
    return true
  }

  get isEmpty(): boolean {
    return this.#held.size === 0 && this.#waiting.size === 0
  }

  /** One after the other: each loads its batch again, and most would find that there is no room. */
  resumeOne(): void {
    const [next] = this.#waiting
    if (next === undefined || this.#bytes >= BYTES_OF_ONE) return
    this.#waiting.delete(next)
    next.resume()
  }
}
