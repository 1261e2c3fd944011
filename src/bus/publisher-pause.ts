import type { TocsinError } from '../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import type { EventLog } from '../log/event-log.js'
import { isFinalRefusal } from '../log/final-refusal.js'
import { diagnostics } from './diagnostics.js'
import type { BusLimits } from './limits.js'

/** Delay before checking again whether the log accepts events, ms. */
const LOOK_AGAIN = 5
/** After a fault, publishers resume after this time even if the log still reports the fault, ms. */
const TRY_AGAIN = 1000

/** Pauses publishers while too much waits for the disk, or the disk accepts nothing. */
export class PublisherPause {
  readonly #log: EventLog
  readonly #runtime: Runtime
  readonly #limits: Pick<BusLimits, 'unflushed'>
  readonly #resume: () => void
  #cancel: Cancel | undefined
  #since = 0
  suspended = false
  reason: TocsinError | 'unflushed' | undefined

  constructor(log: EventLog, runtime: Runtime, limits: Pick<BusLimits, 'unflushed'>, resume: () => void) {
    this.#log = log
    this.#runtime = runtime
    this.#limits = limits
    this.#resume = resume
  }

  appended(): void {
    if (!this.suspended && this.#log.stats.unflushedBytes > this.#limits.unflushed) this.#suspend('unflushed')
  }

  failed(error: TocsinError): void {
    // Such an error concerns this event only, so the next one may well be stored.
    if (isFinalRefusal(error)) return
    if (!this.suspended) this.#suspend(error)
  }

  close(): void {
    this.#cancel?.()
  }

  #suspend(reason: TocsinError | 'unflushed'): void {
    this.suspended = true
    this.reason = reason
    this.#since = this.#runtime.monotonic()
    diagnostics.suspended.publish({ suspended: true, reason })
    this.#cancel = this.#runtime.after(LOOK_AGAIN, this.#look)
  }

  #look = (): void => {
    if (!this.#mayResume()) {
      this.#cancel = this.#runtime.after(
        this.reason === 'unflushed' ? LOOK_AGAIN : 20 * LOOK_AGAIN,
        this.#look,
      )
      return
    }
    this.suspended = false
    this.reason = undefined
    diagnostics.suspended.publish({ suspended: false })
    this.#resume()
  }

  #mayResume(): boolean {
    const { unflushedBytes, fault } = this.#log.stats
    if (unflushedBytes > this.#limits.unflushed / 2) return false
    return (
      this.reason === 'unflushed' ||
      fault === undefined ||
      this.#runtime.monotonic() - this.#since > TRY_AGAIN
    )
  }
}
