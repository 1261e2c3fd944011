import { type Cancel, endOfWork, type Runtime } from '../event/runtime.js'
import type { BusLimits } from './limits.js'

/** Time that all together may read per turn of the event loop, ms. */
const SLICE = 5
/** The part of it for those that read only while no other does, ms. */
const PATIENT_SLICE = 2
/** Others may go before them as often as this, so that their turn comes. */
const MAX_PASSED_OVER = 16
/** Turns that are prepared at a time, of those that wait. */
const PREPARED = 32

/**
 * Limits how long, and how many bytes, subscribers that catch up and methods that look at many events read per turn
 * of the event loop, so that they never starve live subscribers. Principals take turns.
 */
export class TickBudget {
  readonly #runtime: Pick<Runtime, 'monotonic' | 'inTurn' | 'soon'>
  readonly #limits: Pick<BusLimits, 'catchUpPerTick'>
  #left = 0
  /** Bytes read since the start. */
  spent = 0
  /** When the current slice ends, ms; undefined when none has begun. */
  #end: number | undefined
  /** The same for those that read only while no other does. */
  #patientEnd = 0
  /** Those who wait, by principal, in the order in which it is the principals' turn. */
  readonly #waiting = new Map<string, (() => void)[]>()
  readonly #patient = new Set<string>()
  #passedOver = 0
  #count = 0
  #prepared = 0

  constructor(
    runtime: Pick<Runtime, 'monotonic' | 'inTurn' | 'soon'>,
    limits: Pick<BusLimits, 'catchUpPerTick'>,
  ) {
    this.#runtime = runtime
    this.#limits = limits
  }

  /** Counts bytes that were read. */
  spend(bytes: number): void {
    this.#left -= bytes
    this.spent += bytes
  }

  /** Lets a principal read only while no other does, and less in each turn, until the returned function is called. */
  bePatient(principal: string): Cancel {
    this.#patient.add(principal)
    return () => void this.#patient.delete(principal)
  }

  /** Asks for the next piece of work. Returns undefined to begin at once, otherwise a promise to wait for first. */
  turn(principal: string): Promise<void> | undefined {
    // This may be any part of a turn; what waits is admitted at its end, and would get a second slice.
    if (this.#end === undefined) this.#begin(() => this.#runtime.soon(this.#finish))
    if (this.#count === 0 && this.#hasRoom(principal)) return undefined
    return new Promise((resolve) => {
      const queue = this.#waiting.get(principal)
      if (queue === undefined) this.#waiting.set(principal, [resolve])
      else queue.push(resolve)
      this.#count++
      if (this.#prepared === 0) this.#prepare()
    })
  }

  #hasRoom(principal: string): boolean {
    const end = this.#end ?? this.#begin(this.#finish)
    const own = this.#patient.has(principal) ? this.#patientEnd : end
    return this.#left > 0 && this.#runtime.monotonic() < own
  }

  /** Returns when the slice ends. */
  #begin(nextTurn: () => void): number {
    this.#left = this.#limits.catchUpPerTick
    const end = endOfWork(this.#runtime, SLICE)
    this.#end = end
    this.#patientEnd = endOfWork(this.#runtime, PATIENT_SLICE)
    this.#runtime.soon(nextTurn)
    return end
  }

  readonly #finish = (): void => {
    this.#end = undefined
  }

  /** The work of one of them is done before the next of these functions runs. */
  #prepare(): void {
    this.#prepared = Math.min(this.#count, PREPARED)
    for (let nth = 0; nth < this.#prepared; nth++) this.#runtime.soon(this.#admit)
  }

  readonly #admit = (): void => {
    this.#prepared--
    const principal = this.#nextPrincipal()
    if (principal !== undefined && this.#hasRoom(principal)) this.#next(principal)()
    if (this.#prepared === 0 && this.#count > 0) this.#prepare()
  }

  #nextPrincipal(): string | undefined {
    const [first] = this.#waiting.keys()
    if (first === undefined || !this.#patient.has(first) || this.#passedOver >= MAX_PASSED_OVER) {
      this.#passedOver = 0
      return first
    }
    for (const principal of this.#waiting.keys()) {
      if (this.#patient.has(principal)) continue
      this.#passedOver++
      return principal
    }
    return first
  }

  #next(principal: string): () => void {
    const queue = this.#waiting.get(principal) ?? []
    const resolve = queue.shift()!
    this.#count--
    this.#waiting.delete(principal)
    if (queue.length > 0) this.#waiting.set(principal, queue)
    return resolve
  }
}
