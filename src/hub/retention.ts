import type { BusAdmin } from '../bus/admin.js'
import type { HubPublisher } from '../bus/api.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import type { CompactionReport, Retention } from '../log/event-log.js'
import type { HubConfig } from './config/index.js'

/** Time between two checks of the log for expired events, ms. */
const EVERY = 60_000

type CompactedBus = Pick<BusAdmin & HubPublisher, 'compact' | 'emit'>

/** Applies the configured retention periodically and on demand. */
export class RetentionKeeper {
  readonly #bus: CompactedBus
  readonly #runtime: Runtime
  policy: Retention
  last: CompactionReport | undefined
  #cancel: Cancel | undefined
  #running: Promise<unknown> = Promise.resolve()

  constructor(bus: CompactedBus, runtime: Runtime, policy: Retention) {
    this.#bus = bus
    this.#runtime = runtime
    this.policy = policy
  }

  start(): void {
    this.#cancel = this.#runtime.after(EVERY, () => {
      this.compact(this.policy, 'automatic')
        .catch(() => undefined) // the log reports the fault itself, and the next round tries again
        .then(() => this.#cancel !== undefined && this.start())
    })
  }

  compact(policy: Retention, cause: 'automatic' | 'manual'): Promise<CompactionReport> {
    const compaction = this.#running.then(() => this.#compactNow(policy, cause))
    this.#running = compaction.catch(() => undefined)
    return compaction
  }

  async stop(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    await this.#running
  }

  async #compactNow(policy: Retention, cause: 'automatic' | 'manual'): Promise<CompactionReport> {
    const report = await this.#bus.compact(policy, cause)
    this.last = report
    if (report.removed !== undefined || cause === 'manual')
      this.#bus.emit({ tag: 'hub/compacted', data: report })
    return report
  }
}

/** Returns the configured retention in the log's units: µs and bytes. */
export function retentionOf({ log }: HubConfig): Retention {
  const { age, bytes, count } = log.retention
  return { age: age === undefined ? undefined : age * 1000, bytes, count }
}
