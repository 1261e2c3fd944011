import type { Cancel, Runtime } from '../../event/runtime.js'
import type { SystemProbe } from './probe.js'

/** What a part of the source `system` works with. */
export interface CollectorContext {
  runtime: Runtime
  probe: SystemProbe
  publish(path: string, data: unknown): boolean
  lost(count: number | undefined, reason: string): void
  /** What was kept of the last run under the collector's name. */
  kept(name: string): unknown
  keep(name: string, value: unknown): void
}

/** This host has nothing to look at. Told in the health, but no fault. */
export class Unavailable extends Error {}

/** Looks at one thing again and again. What throws is told in the health of the source. */
export interface Collector {
  readonly name: string
  /** ms between the end of one look and the next */
  readonly every: number
  look(): void | Promise<void>
}

/** Runs collectors independently of each other, so that one that hangs holds up no other. */
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

  /** Collectors that failed the last time, with the reason. */
  get faults(): Record<string, string> {
    return Object.fromEntries(this.#faults)
  }

  /** Collectors for which there is nothing on this host. */
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
      where.set(name, error instanceof Error ? error.message : String(error))
    }
    if (this.#stopped) return
    this.#timers.set(
      collector,
      this.#runtime.after(collector.every, () => void this.#look(collector)),
    )
  }
}
