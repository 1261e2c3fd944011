import type { LongTurns, Stall } from '../../methods/contract/index.js'
import type { Work } from '../../parts/work.js'
import type { ProcessorTimes } from '../../processes/processor-times.js'
import type { LoopClock } from './loop-clock.js'

/** Bounds of the histogram, ms. */
export const TURN_BOUNDS = [1, 2, 5, 10, 20, 50, 100, 500] as const
/** No turn should take longer, whatever a peer, a file or an event asks for, ms. */
export const LONGEST_TURN = 20
/** Shortest time of which the share on a processor matters, ms. */
const WORTH_ASKING = 1
/** The kernel may not yet have counted the time since its last tick, ms. */
const KERNEL_TICK = 4
/** Time between two questions to the kernel while all turns are short, ms: one takes as long as several events. */
const ASK_EVERY = KERNEL_TICK

export const OTHER_WORK: Work = { face: 'hub', what: 'other' }

interface PartTurns {
  readonly counts: number[]
  sum: number
}

/** The work that took most of some time. */
class Longest {
  work = OTHER_WORK
  ms = 0

  take(work: Work, ms: number): void {
    if (ms <= this.ms) return
    this.work = work
    this.ms = ms
  }

  clear(): void {
    this.work = OTHER_WORK
    this.ms = 0
  }
}

/**
 * Measures the processor time of each turn of the event loop, and the part of the hub that took most of it. It looks at
 * the clocks when work begins in a turn, after the input of that turn, and when the watchdog looks; nothing is done for
 * an event. Of several turns in which no part says what it begins, only the sum is known, and that the last one has
 * taken at least as long as the look of the watchdog is late.
 */
export class TurnMeter {
  readonly #clock: LoopClock
  readonly #wallClock: () => number
  readonly #soon: (run: () => void) => void
  readonly #parts = new Map<string, PartTurns>()
  readonly #loading: number
  /** Until when the code of the parts is loaded. */
  #loaded = 0
  /** True if work has begun that the next look ends. */
  #isOpen = false
  #current = OTHER_WORK
  /** Time at which the current work began, ms (monotonic). */
  #since = 0
  /** Time of the last look, ms (monotonic). */
  #now = 0
  #idle = 0
  #turn = 0
  #processor: ProcessorTimes = { ran: 0, waited: 0 }
  #asked = 0
  /** Processor time of the turn until the last look. */
  #busy = 0
  readonly #longestOfTurn = new Longest()
  readonly #longestSinceLook = new Longest()
  #over = 0
  #last: Stall | undefined
  #worst: Stall | undefined

  /**
   * `wallClock`: µs since the epoch. `soon` calls a function after the input of this turn. `loading`: for how long turns
   * may be over the bound since the code of the parts is loaded, ms.
   */
  constructor(clock: LoopClock, wallClock: () => number, soon: (run: () => void) => void, loading = 0) {
    this.#loading = loading
    this.#clock = clock
    this.#wallClock = wallClock
    this.#soon = soon
  }

  get info(): LongTurns {
    return { bound: LONGEST_TURN, count: this.#over, last: this.#last, worst: this.#worst }
  }

  /** Numbers of turns and their time by the part that took most of each. */
  get parts(): Iterable<readonly [part: string, turns: Readonly<PartTurns>]> {
    return this.#parts
  }

  start(): void {
    this.#now = this.#clock.now()
    this.#loaded = this.#now + this.#loading
    this.#idle = this.#clock.idle()
    this.#turn = this.#clock.turns()
    this.#processor = this.#clock.processor()
    this.#asked = this.#now
  }

  /** A part of the hub does this from now on. */
  begin(work: Work): void {
    if (!this.#isOpen) {
      this.look()
      this.#isOpen = true
      this.#since = this.#now
      this.#current = work
      this.#soon(this.#close)
    } else this.#follow(work, this.#clock.now())
  }

  /** `late`: ms since this look was due. */
  look(late = 0): void {
    const [before, idleBefore, turnBefore] = [this.#now, this.#idle, this.#turn]
    this.#now = this.#clock.now()
    this.#idle = this.#clock.idle()
    this.#turn = this.#clock.turns()
    const wall = Math.max(0, this.#now - before - (this.#idle - idleBefore))
    const waitedBefore = this.#processor.waited
    const busy = this.#onProcessor(wall)
    if (this.#isOpen) this.#follow(this.#current, this.#now)
    const turns = this.#turn - turnBefore
    if (turns === 0) this.#busy += busy
    else this.#turned(turns, busy, late - (this.#processor.waited - waitedBefore))
    if (!this.#isOpen) this.#longestSinceLook.take(OTHER_WORK, busy)
    this.#longestOfTurn.take(this.#longestSinceLook.work, this.#longestSinceLook.ms)
    this.#longestSinceLook.clear()
  }

  readonly #close = (): void => {
    this.look()
    this.#isOpen = false
  }

  /** The turn of the last look is over, and others may have passed; what was busy since then counts for the present one. */
  #turned(turns: number, busy: number, late: number): void {
    const own = Math.min(busy, Math.max(late, busy / turns))
    this.#count(1, this.#busy)
    this.#longestOfTurn.clear()
    if (turns > 1) this.#count(turns - 1, (busy - own) / (turns - 1))
    this.#busy = own
  }

  /** Returns how much of the time since the last look was spent on a processor. */
  #onProcessor(wall: number): number {
    if (this.#now - this.#asked < (wall < WORTH_ASKING ? ASK_EVERY : WORTH_ASKING)) return wall
    const { ran, waited } = this.#processor
    this.#processor = this.#clock.processor()
    this.#asked = this.#now
    if (wall < WORTH_ASKING || ran === 0) return wall
    const { ran: ranNow, waited: waitedNow } = this.#processor
    return Math.max(0, Math.min(wall - (waitedNow - waited), ranNow - ran + KERNEL_TICK))
  }

  #follow(work: Work, now: number): void {
    this.#longestSinceLook.take(this.#current, now - this.#since)
    this.#current = work
    this.#since = now
  }

  #count(count: number, ms: number): void {
    const part = this.#partOf(this.#longestOfTurn.work.face)
    const bucket = TURN_BOUNDS.findIndex((bound) => ms <= bound)
    part.counts[bucket < 0 ? TURN_BOUNDS.length : bucket] += count
    part.sum += ms * count
    if (ms > LONGEST_TURN && this.#now >= this.#loaded) this.#tooLong(count, ms)
  }

  #partOf(face: string): PartTurns {
    const known = this.#parts.get(face)
    if (known !== undefined) return known
    const part = { counts: new Array(TURN_BOUNDS.length + 1).fill(0), sum: 0 }
    this.#parts.set(face, part)
    return part
  }

  #tooLong(count: number, ms: number): void {
    const { face, what, principal } = this.#longestOfTurn.work
    this.#over += count
    this.#last = { ms: Math.round(ms), face, work: what, principal, time: this.#wallClock() }
    if (ms > (this.#worst?.ms ?? 0)) this.#worst = this.#last
  }
}
