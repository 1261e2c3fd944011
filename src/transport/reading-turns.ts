import { endOfWork, type Runtime } from '../event/runtime.js'
import { currentPart, hubRuntime } from '../parts/boundary.js'

/** Time in a turn of the event loop that reading from all connections may take, ms. */
export const READING_MS = 4

/** Reads a little from a connection, in less than some milliseconds. Returns whether more is left. */
export type ReadSome = () => boolean

/** The same as work of the part that runs now, which alone fails if it throws. */
export function readingOfPart(read: ReadSome): ReadSome {
  const part = currentPart()
  return part === undefined ? read : () => part.take(read) ?? false
}

/** Lets connections read in turns, all together for a short time in each turn of the event loop. */
export class ReadingTurns {
  readonly #runtime: Pick<Runtime, 'monotonic' | 'inTurn' | 'soon'>
  /** In the order in which it is their turn. */
  readonly #ready = new Set<ReadSome>()
  #isUnderWay = false
  /** Until when what comes in this turn may be read at once, ms (monotonic). */
  #end: number | undefined

  constructor(runtime: Pick<Runtime, 'monotonic' | 'inTurn' | 'soon'>) {
    this.#runtime = runtime
  }

  /** True while what comes in this turn may be read at once: no other waits, and there is time. */
  get hasTime(): boolean {
    if (this.#ready.size > 0) return false
    if (this.#end !== undefined) return this.#runtime.monotonic() < this.#end
    this.#end = endOfWork(this.#runtime, READING_MS)
    this.#begin()
    return true
  }

  /** Calls `read` until it returns false. An error that it throws ends only this reading. */
  add(read: ReadSome): void {
    this.#ready.add(read)
    this.#begin()
  }

  remove(read: ReadSome): void {
    this.#ready.delete(read)
  }

  #begin(): void {
    if (!this.#isUnderWay) this.#runtime.soon(this.#turn)
    this.#isUnderWay = true
  }

  readonly #turn = (): void => {
    const end = this.#end ?? endOfWork(this.#runtime, READING_MS)
    this.#end = undefined
    try {
      this.#readUntil(end)
    } finally {
      this.#isUnderWay = this.#ready.size > 0 || this.#end !== undefined
      if (this.#isUnderWay) this.#runtime.soon(this.#turn)
    }
  }

  #readUntil(end: number): void {
    for (const read of this.#ready) {
      this.#ready.delete(read)
      if (read()) this.#ready.add(read)
      if (this.#runtime.monotonic() >= end) break
    }
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
