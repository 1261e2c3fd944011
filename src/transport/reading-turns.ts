import { endOfWork, type Runtime } from '../event/runtime.js'
import { hubRuntime } from '../parts/boundary.js'

/** Time in a turn of the event loop that reading from all connections may take, ms. */
const SLICE_MS = 4

/** Reads a little from a connection, in less than some milliseconds. Returns whether more is left. */
export type ReadSome = () => boolean

/** Lets connections read in turns, for a short time in each turn of the event loop. */
export class ReadingTurns {
  readonly #runtime: Pick<Runtime, 'monotonic' | 'inTurn' | 'soon'>
  /** In the order in which it is their turn. */
  readonly #ready = new Set<ReadSome>()
  #isUnderWay = false

  constructor(runtime: Pick<Runtime, 'monotonic' | 'inTurn' | 'soon'>) {
    this.#runtime = runtime
  }

  /** Calls `read` until it returns false. It must not throw. */
  add(read: ReadSome): void {
    this.#ready.add(read)
    if (!this.#isUnderWay) this.#runtime.soon(this.#turn)
    this.#isUnderWay = true
  }

  remove(read: ReadSome): void {
    this.#ready.delete(read)
  }

  readonly #turn = (): void => {
    const end = endOfWork(this.#runtime, SLICE_MS)
    for (const read of this.#ready) {
      this.#ready.delete(read)
      if (read()) this.#ready.add(read)
      if (this.#runtime.monotonic() >= end) break
    }
    this.#isUnderWay = this.#ready.size > 0
    if (this.#isUnderWay) this.#runtime.soon(this.#turn)
  }
}

const ofRuntimes = new WeakMap<object, ReadingTurns>()

/** The turns that all parts of a hub share. */
export function readingTurns(runtime: Runtime): ReadingTurns {
  const shared = hubRuntime(runtime)
  const known = ofRuntimes.get(shared)
  if (known !== undefined) return known
  const turns = new ReadingTurns(shared)
  ofRuntimes.set(shared, turns)
  return turns
}
