import type { Cancel, Runtime } from '../../event/runtime.js'

const RETRY_MS = 100

export interface SingleFlightTask {
  isDue(): boolean
  /** Does everything due; ends early while work is paused. */
  run(): Promise<void>
}

/** Runs a task when it is due, one run at a time. Pauses after a refusal of the hub, and does nothing once stopped. */
export class SingleFlight {
  readonly #work: SingleFlightTask
  readonly #timers = new Map<string, Cancel>()
  #runtime!: Runtime
  #working: Promise<void> | undefined
  #stopped = false

  constructor(work: SingleFlightTask) {
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

  /** Stops and waits for the current run. May be called before the start. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const cancel of this.#timers.values()) cancel()
    await this.#working
  }

  /** Starts a timer unless one of this name is running. */
  after(name: string, ms: number, run: () => void): void {
    if (this.#stopped || this.#timers.has(name)) return
    const cancel = this.#runtime.after(ms, () => {
      this.#timers.delete(name)
      run()
    })
    this.#timers.set(name, cancel)
  }

  /** Tries again after a pause, since the hub accepts no events at present. */
  retry(): void {
    this.after('retry', RETRY_MS, () => this.wake())
  }

  wake(): void {
    if (this.#working || this.paused || !this.#work.isDue()) return
    this.#working = this.#work.run().finally(() => {
      this.#working = undefined
      this.wake()
    })
  }
}
