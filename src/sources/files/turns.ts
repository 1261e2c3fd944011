import type { Cancel, Runtime } from '../../event/runtime.js'

const RETRY = 100

export interface Work {
  isDue(): boolean
  /** Does what is due; ends early where the turns are paused. */
  run(): Promise<void>
}

/** One thing is done at a time: when it is due, again after a refusal, and nothing once it is stopped. */
export class Turns {
  readonly #work: Work
  readonly #timers = new Map<string, Cancel>()
  #runtime!: Runtime
  #working: Promise<void> | undefined
  #stopped = false

  constructor(work: Work) {
    this.#work = work
  }

  get working(): boolean {
    return this.#working !== undefined
  }

  get stopped(): boolean {
    return this.#stopped
  }

  get paused(): boolean {
    return this.#stopped || this.#timers.has('retry')
  }

  start(runtime: Runtime): void {
    this.#runtime = runtime
  }

  /** May come before the start. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const cancel of this.#timers.values()) cancel()
    await this.#working
  }

  /** One timer of a name at a time; the first one stands. */
  after(name: string, ms: number, run: () => void): void {
    if (this.#stopped || this.#timers.has(name)) return
    const cancel = this.#runtime.after(ms, () => {
      this.#timers.delete(name)
      run()
    })
    this.#timers.set(name, cancel)
  }

  /** The hub takes nothing for now. */
  retry(): void {
    this.after('retry', RETRY, () => this.wake())
  }

  wake(): void {
    if (this.#working || this.paused || !this.#work.isDue()) return
    this.#working = this.#work.run().finally(() => {
      this.#working = undefined
      this.wake()
    })
  }
}
