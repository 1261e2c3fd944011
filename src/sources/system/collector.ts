import { messageOf } from '../../errors/thrown.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import type { SystemProbe } from './probe.js'

/** The environment of the collectors of the source `system`. */
export interface CollectorContext {
  runtime: Runtime
  probe: SystemProbe
  publish(path: string, data: unknown): boolean
  lost(count: number | undefined, reason: string): void
  /** Returns the value stored under the collector's name before the last stop. */
  kept(name: string): unknown
  keep(name: string, value: unknown): void
}

/** This host has nothing to observe. Reported in the health, but not as a fault. */
export class Unavailable extends Error {}

/** Observes one thing repeatedly. An error that it throws is reported in the health of the source. */
export interface Collector {
  readonly name: string
  /** ms from the end of one observation to the next. */
  readonly every: number
  look(): void | Promise<void>
}

/** Runs collectors independently, so that one that hangs does not delay the others. */
export class Collectors {
  readonly #runtime: Runtime
  readonly #collectors: readonly Collector[]
  readonly #timers = new Map<Collector, Cancel>()
  readonly #faults = new Map<string, string>()
  readonly #unavailable = new Map<string, string>()
  #stopped = false

  constructor(runtime: Runtime, collectors: readonly Collector[]) {
    this.#runtime = runtime
    this.#collectors = collectors
  }

  start(): void {
    for (const collector of this.#collectors) void this.#look(collector)
  }

  stop(): void {
    this.#stopped = true
    for (const cancel of this.#timers.values()) cancel()
  }

  /** The collectors whose last observation failed, with the reason. */
  get faults(): Record<string, string> {
    return Object.fromEntries(this.#faults)
  }

  /** The collectors that have nothing to observe on this host, with the reason. */
  get unavailable(): Record<string, string> {
    return Object.fromEntries(this.#unavailable)
  }

  async #look(collector: Collector): Promise<void> {
    const { name } = collector
    try {
      await collector.look()
      this.#faults.delete(name)
      this.#unavailable.delete(name)
    } catch (error) {
      const where = error instanceof Unavailable ? this.#unavailable : this.#faults
      where.set(name, messageOf(error))
    }
    if (this.#stopped) return
    this.#timers.set(
      collector,
      this.#runtime.after(collector.every, () => void this.#look(collector)),
    )
  }
}
