import { z } from 'zod'
import type { Runtime } from '../../event/runtime.js'
import type { Bucket } from '../../state/index.js'

/** Smallest jump of the clock that is doubted, µs. */
const JUMP = 3600e6
/** Time that a clock must stay ahead until it is believed, ms. */
const BELIEVED_AFTER = 24 * 3_600_000
/** Time between two records of what is believed, ms. */
const KEPT_EVERY = 600_000
const KEY = 'clock'

/** `time`: believed, µs; `doubted`: how long the clock has been ahead since then while a hub ran, ms. */
const record = z.object({ time: z.number().min(0), doubted: z.number().min(0) })

/**
 * Judges the wall clock by the monotonic one. A clock that jumps ahead would make everything look old, and may go back
 * as suddenly, so its jump does not count as age until it has lasted for a day. A hub that was stopped or suspended
 * for more than an hour sees a jump too; then old events are only kept for a day longer. What is believed is kept, since
 * events that were stored while the clock was ahead have its time.
 */
export class ClockDoubt {
  readonly #runtime: Runtime
  readonly #bucket: Pick<Bucket, 'get' | 'put' | 'reportDamage'>
  #isRestored = false
  /** The believed time at the last measurement, µs. */
  #time: number
  /** Time of the last measurement, ms (monotonic). */
  #at: number
  /** Time for which the clock has been ahead, ms; undefined if it is not. */
  #doubted: number | undefined
  #keptAt = Number.NEGATIVE_INFINITY
  #isKeptAsDoubted = false
  /** By how much the clock is further ahead than can be believed, µs. */
  ahead = 0

  /** `lastKnown`: a time that was reached before the start, such as that of the last event, µs. */
  constructor(
    runtime: Runtime,
    bucket: Pick<Bucket, 'get' | 'put' | 'reportDamage'>,
    lastKnown = runtime.now(),
  ) {
    this.#runtime = runtime
    this.#bucket = bucket
    this.#time = lastKnown
    this.#at = runtime.monotonic()
  }

  /** Opens it with the stored time, so that the believed time is right from the start. */
  static async open(...given: ConstructorParameters<typeof ClockDoubt>): Promise<ClockDoubt> {
    const doubt = new ClockDoubt(...given)
    await doubt.#restore().catch(() => undefined)
    return doubt
  }

  /** The time by which age counts: that of the clock without what is doubted, µs. */
  readonly believedTime = (): number => {
    const time = this.#runtime.now()
    this.#compare(time, this.#runtime.monotonic())
    return time - this.ahead
  }

  /** Measures `ahead`. What cannot be read or kept is known from memory, and is tried again. */
  async measure(): Promise<number> {
    if (!this.#isRestored) await this.#restore().catch(() => undefined)
    this.believedTime()
    const isNews = this.#isKeptAsDoubted !== (this.#doubted !== undefined)
    if (isNews || this.#at - this.#keptAt >= KEPT_EVERY) await this.#keep().catch(() => undefined)
    return this.ahead
  }

  #compare(time: number, at: number): void {
    const passed = at - this.#at
    this.#at = at
    this.#time += passed * 1000
    const ahead = time - this.#time
    const doubted = this.#doubted === undefined ? 0 : this.#doubted + passed
    const isDoubted = ahead > JUMP && doubted < BELIEVED_AFTER
    this.#doubted = isDoubted ? doubted : undefined
    this.ahead = isDoubted ? ahead : 0
    if (!isDoubted) this.#time = time
  }

  async #restore(): Promise<void> {
    const kept = await this.#bucket.get(KEY)
    this.#isRestored = true
    if (kept === undefined) return
    const believed = this.#parse(kept.value)
    if (believed === undefined) return
    const { time, doubted } = believed
    this.#time = time
    this.#doubted = doubted > 0 ? doubted : undefined
    this.#at = this.#runtime.monotonic()
  }

  #parse(value: Uint8Array): z.output<typeof record> | undefined {
    try {
      return record.parse(JSON.parse(Buffer.from(value).toString()))
    } catch (thrown) {
      this.#bucket.reportDamage(KEY, thrown)
      return undefined
    }
  }

  async #keep(): Promise<void> {
    const kept = { time: this.#time, doubted: this.#doubted ?? 0 }
    const isDoubted = this.#doubted !== undefined
    await this.#bucket.put(KEY, Buffer.from(JSON.stringify(kept)))
    this.#keptAt = this.#at
    this.#isKeptAsDoubted = isDoubted
  }
}
