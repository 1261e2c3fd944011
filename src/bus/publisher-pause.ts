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

/** Each publisher may add as much while half of the limit is used, bytes. */
const SHARE = 256 * 1024
/** Then they may add as much again: those that publish little never keep them waiting for good, ms. */
const LONGEST_FILLING = 1000

/** The bytes that a publisher has added, in the times in which half of the limit was used: those of the last one. */
export interface AddedBytes {
  time: number
  bytes: number
}

/**
 * Pauses publishers while too much waits for the disk, or the disk accepts nothing. From half of the limit on, those that
 * publish most wait, so that the others seldom have to.
 */
export class PublisherPause {
  readonly #log: EventLog
  readonly #runtime: Runtime
  readonly #limits: Pick<BusLimits, 'unflushed'>
  readonly #resume: () => void
  #cancel: Cancel | undefined
  #since = 0
  #times = 0
  #fillingSince = 0
  suspended = false
  /** Half of the limit is used. */
  isFilling = false
  reason: TocsinError | 'unflushed' | undefined

  constructor(log: EventLog, runtime: Runtime, limits: Pick<BusLimits, 'unflushed'>, resume: () => void) {
    this.#log = log
    this.#runtime = runtime
    this.#limits = limits
    this.#resume = resume
  }

  appended(added?: AddedBytes, bytes = 0): void {
    if (this.isFilling) this.#count(added, bytes)
    if (this.suspended) return
    const { unflushedBytes } = this.#log.stats
    if (unflushedBytes > this.#limits.unflushed) this.#suspend('unflushed')
    else if (!this.isFilling && unflushedBytes > this.#limits.unflushed / 2) this.#fill()
  }

  /** Returns whether a publisher has to wait. */
  isPausedFor({ time, bytes }: AddedBytes): boolean {
    return this.suspended || (this.isFilling && time === this.#times && bytes > SHARE)
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
    this.#lookAfter(LOOK_AGAIN)
  }

  #fill(): void {
    this.isFilling = true
    this.#times++
    this.#fillingSince = this.#runtime.monotonic()
    this.#lookAfter(LOOK_AGAIN)
  }

  #count(added: AddedBytes | undefined, bytes: number): void {
    if (added === undefined) return
    if (added.time !== this.#times) Object.assign(added, { time: this.#times, bytes: 0 })
    added.bytes += bytes
  }

  #lookAfter(ms: number): void {
    this.#cancel?.()
    this.#cancel = this.#runtime.after(ms, this.#look)
  }

  readonly #look = (): void => {
    const mayResume = this.suspended && this.#mayResume()
    const isRelieved = this.isFilling && this.#isRelieved()
    if (isRelieved) this.isFilling = false
    if (mayResume) this.#unsuspend()
    if ((mayResume || isRelieved) && !this.suspended) this.#resume()
    if (this.suspended && this.reason !== 'unflushed') this.#lookAfter(20 * LOOK_AGAIN)
    else if (this.suspended || this.isFilling) this.#lookAfter(LOOK_AGAIN)
  }

  #isRelieved(): boolean {
    if (this.#log.stats.unflushedBytes <= this.#limits.unflushed / 4) return true
    return this.#runtime.monotonic() - this.#fillingSince > LONGEST_FILLING
  }

  #unsuspend(): void {
    this.suspended = false
    this.reason = undefined
    diagnostics.suspended.publish({ suspended: false })
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
