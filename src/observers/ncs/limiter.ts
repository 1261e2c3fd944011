import type { Cancel, Runtime } from '../../event/runtime.js'

/** Notifications of one type in a second; further ones are counted. */
const MAX_EACH_SECOND = 100
const SECOND = 1000

/** Lets through some of each type in a second, and says how many more there were. */
export class Limiter {
  readonly #runtime: Pick<Runtime, 'after'>
  readonly #tell: (type: number, count: number) => void
  readonly #counts = new Map<number, number>()
  #cancel: Cancel | undefined

  constructor(runtime: Pick<Runtime, 'after'>, tell: (type: number, count: number) => void) {
    this.#runtime = runtime
    this.#tell = tell
  }

  admits(type: number): boolean {
    this.#cancel ??= this.#runtime.after(SECOND, () => this.end())
    const count = (this.#counts.get(type) ?? 0) + 1
    this.#counts.set(type, count)
    return count <= MAX_EACH_SECOND
  }

  /** Ends the second, and says what was left out in it. */
  end(): void {
    this.#cancel?.()
    this.#cancel = undefined
    const counts = [...this.#counts]
    this.#counts.clear()
    for (const [type, count] of counts) if (count > MAX_EACH_SECOND) this.#tell(type, count - MAX_EACH_SECOND)
  }
}
