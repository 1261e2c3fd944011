import type { Runtime } from '../event/runtime.js'

/** A batch that is longer than this has a single event. */
const LONG_BATCH_BYTES = 1024 * 1024
/** Bytes of different long batches that may wait for the peers of one principal; a longer one goes alone. */
const BYTES_OF_ONE = 32 * 1024 * 1024

/** Peers of one principal that take long batches at the same time: the system copies some megabytes to each at once. */
const TAKING = 8
/** A peer that has not taken its batch after this time, ms, no longer keeps others waiting while there is memory. */
const PATIENCE = 10_000

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
  readonly #runtime: Pick<Runtime, 'monotonic'>
  readonly #shares = new Map<string, Share>()

  constructor(runtime: Pick<Runtime, 'monotonic'>) {
    this.#runtime = runtime
  }

  /** Holds a batch if it is long. Returns false if there is no room: then the replay is resumed when there is. */
  take(replay: Replay, batch: Uint8Array): boolean {
    if (batch.length <= LONG_BATCH_BYTES) return true
    const share = this.#shareOf(replay)
    // A replay reads on only when its peer has taken what was before.
    share.release(replay)
    return share.take(replay, batch.buffer, this.#runtime.monotonic())
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
    else share?.resumeOne(this.#runtime.monotonic())
  }

  /** Lets replays go on that wait for peers which take nothing; to be called every second or so. */
  sweep(): void {
    for (const share of this.#shares.values()) share.resumeOne(this.#runtime.monotonic())
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
  readonly #held = new Map<Replay, Held>()
  readonly #users = new Map<ArrayBufferLike, number>()
  #bytes = 0

  take(replay: Replay, memory: ArrayBufferLike, now: number): boolean {
    const users = this.#users.get(memory) ?? 0
    const added = users === 0 ? memory.byteLength : 0
    const isTooMuch = this.#bytes > 0 && added > 0 && this.#bytes + added > BYTES_OF_ONE
    if (isTooMuch || !this.#hasTurn(now)) {
      this.#waiting.add(replay)
      return false
    }
    this.#bytes += added
    this.#users.set(memory, users + 1)
    this.#held.set(replay, { memory, since: now })
    return true
  }

  /** Returns whether the replay held anything. */
  release(replay: Replay): boolean {
    this.#waiting.delete(replay)
    const { memory } = this.#held.get(replay) ?? {}
    if (memory === undefined) return false
    this.#held.delete(replay)
    const users = (this.#users.get(memory) ?? 1) - 1
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
  resumeOne(now: number): void {
    const [next] = this.#waiting
    if (next === undefined || this.#bytes >= BYTES_OF_ONE || !this.#hasTurn(now)) return
    this.#waiting.delete(next)
    next.resume()
  }

  #hasTurn(now: number): boolean {
    let taking = 0
    for (const { since } of this.#held.values()) if (now - since < PATIENCE) taking++
    return taking < TAKING
  }
}

interface Held {
  readonly memory: ArrayBufferLike
  /** ms (monotonic) */
  readonly since: number
}
