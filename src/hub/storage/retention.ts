import type { BusAdmin } from '../../bus/admin.js'
import type { HubPublisher } from '../../bus/api.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import type { TraceContext } from '../../event/trace-context.js'
import type { CompactionReport, Retention } from '../../log/event-log.js'
import type { Progress, Work } from '../../methods/progress.js'
import { begin } from '../../parts/work.js'
import type { HubConfig } from '../config/index.js'
import type { ClockDoubt } from './clock-doubt.js'

/** Time between two checks of the log for expired events, ms. */
const EVERY = 60_000
/** Time until the first one, ms: short, so that a hub that is often restarted compacts too. */
const FIRST = 5_000

const COMPACTION: Work = { name: 'compact', subsystem: 'log' }

export type WhenFull = HubConfig['log']['retention']['whenFull']

type Cause = CompactionReport['cause']

interface CompactedBus extends Pick<HubPublisher, 'emit'> {
  /** `parent`: the work that it is a part of. */
  compact(policy: Retention, cause: Cause, parent?: TraceContext): Promise<CompactionReport>
}

/** Compacts as work that is reported, with what it has removed. */
export function reportedCompaction(
  bus: Pick<BusAdmin, 'compact'>,
  progress: Progress,
): CompactedBus['compact'] {
  return (policy, cause, parent) =>
    progress.run({ ...COMPACTION, parent }, async (span) => {
      const report = await bus.compact(policy, cause)
      const { removed } = report
      span?.info(
        removed === undefined ? 'no event was removed' : `removed events ${removed.from} to ${removed.to}`,
      )
      return report
    })
}

/** Applies the configured retention periodically and on demand. */
export class RetentionKeeper {
  readonly #bus: CompactedBus
  readonly #runtime: Runtime
  readonly #clock: ClockDoubt
  policy: Retention
  whenFull: WhenFull = 'forwarded'
  last: CompactionReport | undefined
  /** A report on the removals that the log was too full to take an event of. */
  #untold: CompactionReport | undefined
  #isJumpTold = false
  #isDue = () => true
  #counts = () => this.policy
  #cancel: Cancel | undefined
  #running: Promise<unknown> = Promise.resolve()

  constructor(bus: CompactedBus, runtime: Runtime, policy: Retention, clock: ClockDoubt) {
    this.#clock = clock
    this.#bus = bus
    this.#runtime = runtime
    this.policy = policy
  }

  /** `isDue`: whether it is for this hub to apply it, `counting`: which policy counts; both asked each time. */
  start(isDue = () => true, counting = () => this.policy): void {
    this.#isDue = isDue
    this.#counts = counting
    this.#compactAfter(FIRST)
  }

  /** The policy in force, which all hubs that share the log have. */
  get counting(): Retention {
    return this.#counts()
  }

  /** By how much the clock is further ahead than counts as age, µs. */
  get clockAhead(): number {
    return this.#clock.ahead
  }

  compact(policy: Retention, cause: Cause, parent?: TraceContext): Promise<CompactionReport> {
    const compaction = this.#running.then(async () =>
      this.#compactNow(laterBy(await this.#clock.measure(), policy), cause, parent),
    )
    this.#running = compaction.catch(() => undefined)
    return compaction
  }

  async stop(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    await this.#running
  }

  #compactAfter(ms: number): void {
    this.#cancel = this.#runtime.after(ms, () => {
      void this.#compactIfDue()
        .catch(() => undefined) // the log reports the fault itself, and the next round tries again
        .then(() => this.#cancel !== undefined && this.#compactAfter(EVERY))
    })
  }

  /** A jump of the clock is noticed also where another hub applies the retention. */
  async #compactIfDue(): Promise<void> {
    const ahead = await this.#clock.measure()
    if (ahead > 0 && !this.#isJumpTold) this.#bus.emit({ tag: 'hub/clock', data: { ahead } })
    this.#isJumpTold = ahead > 0
    if (this.#cancel === undefined || !this.#isDue()) return
    await this.compact(this.counting, 'automatic')
  }

  async #compactNow(policy: Retention, cause: Cause, parent?: TraceContext): Promise<CompactionReport> {
    begin({ face: 'log', what: 'retention' })
    const report = await this.#bus.compact(policy, cause, parent)
    this.last = report
    if (report.removed !== undefined || cause === 'manual') this.#tell(report)
    return report
  }

  #tell(report: CompactionReport): void {
    const data = this.#untold === undefined ? report : oneRemoval(this.#untold, report)
    this.#untold = this.#bus.emit({ tag: 'hub/compacted', data }) ? undefined : data
  }
}

/** One removal that came after the other, as one. */
function oneRemoval(first: CompactionReport, next: CompactionReport): CompactionReport {
  const { start, bytesBefore, bytesAfterLast, removed = next.removed } = first
  return {
    ...next,
    ...{ start, bytesBefore, bytesAfterLast },
    transactions: first.transactions + next.transactions,
    removed: removed && { from: removed.from, to: next.removed?.to ?? removed.to },
  }
}

/** A jump of the clock does not count as age. */
function laterBy(ahead: number, policy: Retention): Retention {
  return policy.age === undefined ? policy : { ...policy, age: policy.age + ahead }
}

/** Returns the configured retention in the log's units: µs and bytes. */
export function retentionOf({ log }: HubConfig): Retention {
  const { age, bytes, count } = log.retention
  return { age: age === undefined ? undefined : age * 1000, bytes, count }
}
