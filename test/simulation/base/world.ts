import type { Cancel, Runtime } from '../../../src/event/runtime.js'
import { Agenda, type Item } from './agenda.js'
import { settle, useClock } from './clock.js'
import { hashOf, Random } from './random.js'

/** When every world begins, ms since the epoch. */
const BEGIN = Date.UTC(2026, 0, 1)
/** The next turn of the event loop, ms. */
const TURN_MS = 0.005
/** How much later than the rest a process does some things after it stood still, ms: at most. */
const LATE_MS = 20
/** More things than this never happen at one time. */
const MOST_AT_ONCE = 1_000_000

/** Messages, timers, and turns of the event loop. */
type Kind = 'arrival' | 'timer' | 'turn'
/** What a process does first after it stood still. Otherwise it does everything in the order of time. */
export type First = 'arrivals' | 'timers'

interface Entry extends Item {
  kind: Kind
  process: Process
  run: (() => void) | undefined
}

/** Something that can be killed or stand still by itself. Nothing but a channel leads from one process to another. */
export class Process {
  readonly name: string
  readonly runtime: Runtime
  isDead = false
  /** Lets messages arrive. */
  readonly inbox: { after(ms: number, run: () => void): Cancel }
  /** Until when it does nothing of a kind, since it stands still. */
  readonly stillUntil: Record<Kind, number> = { arrival: 0, timer: 0, turn: 0 }
  readonly random: Random
  /** How far its clock is ahead, ms. */
  clockOffset = 0
  /** Called when it is killed. */
  readonly endings = new Set<() => void>()

  constructor(world: World, name: string, seed: string) {
    this.name = name
    this.random = new Random(seed)
    const started = world.time
    this.inbox = { after: (ms, run) => world.after(this, ms, run, 'arrival') }
    this.runtime = {
      now: () => Math.round((BEGIN + world.time + this.clockOffset) * 1000),
      monotonic: () => world.time - started,
      processorTime: () => 0,
      after: (ms, run) => world.after(this, ms, run),
      soon: (run) => void world.after(this, TURN_MS, run),
      random: (bytes) => this.random.bytes(bytes),
    }
  }
}

/** Processes on one virtual clock. The same seed makes the same things happen in the same order. */
export class World {
  readonly seed: number
  /** ms */
  time = 0
  /** Events that have happened. */
  events = 0
  /** Of the order, time and process of all of them. */
  trace = 0
  readonly faults: unknown[] = []
  readonly #agenda = new Agenda<Entry>()
  /** How late some things are after a pause. */
  readonly #lateness: Random
  readonly #starts = new Map<string, number>()
  #order = 0
  /** Events since the clock moved. */
  #atOnce = 0
  #current: Process | undefined

  constructor(seed: number) {
    this.seed = seed
    this.#lateness = new Random(`${seed} lateness`)
  }

  process(name: string): Process {
    const start = (this.#starts.get(name) ?? 0) + 1
    this.#starts.set(name, start)
    return new Process(this, name, `${this.seed} ${name} ${start}`)
  }

  after(process: Process, ms: number, run: () => void, kind: Kind = ms > TURN_MS ? 'timer' : 'turn'): Cancel {
    // A rest of time that is lost in rounding would not move the clock, and be waited for again and again.
    const time = this.time + (ms > 0 ? Math.max(TURN_MS, ms) : 0)
    const entry: Entry = { time, due: time, order: ++this.#order, process, kind, run }
    this.#agenda.add(entry)
    return () => {
      entry.run = undefined
    }
  }

  /** What it was to do is not done any more. */
  kill(process: Process): void {
    if (process.isDead) return
    process.isDead = true
    for (const end of process.endings) end()
  }

  /**
   * What it was to do meanwhile is done at the end, in the same order, but messages or timers may come first. A pause
   * that ends before another changes nothing.
   */
  pause({ stillUntil }: Process, ms: number, first?: First): void {
    const end = this.time + ms
    if (end <= stillUntil.turn) return
    const later = first === undefined ? end : end + this.#lateness.between(TURN_MS, LATE_MS)
    stillUntil.turn = end
    stillUntil.arrival = Math.max(stillUntil.arrival, first === 'timers' ? later : end)
    stillUntil.timer = Math.max(stillUntil.timer, first === 'arrivals' ? later : end)
  }

  /** Lets things happen until it is done, or until a time. To be called from a turn of the event loop, not from a promise. */
  run(isDone: () => boolean, until: number): void {
    const takeFault = (fault: unknown) => void this.faults.push(fault)
    process.on('unhandledRejection', takeFault)
    useClock({
      now: () => this.#actor.runtime.now() / 1000,
      monotonic: () => this.#actor.runtime.monotonic(),
      after: (ms, run) => this.#actor.runtime.after(Math.max(TURN_MS, ms), run),
      random: () => this.#actor.random.next(),
    })
    try {
      while (!isDone() && this.time < until) if (!this.#step()) break
    } finally {
      useClock(undefined)
      process.off('unhandledRejection', takeFault)
    }
  }

  /** Runs in the name of a process what is not caused by an event of its own. */
  as<Result>(process: Process, run: () => Result): Result {
    const before = this.#current
    this.#current = process
    try {
      return run()
    } finally {
      this.#current = before
    }
  }

  get #actor(): Process {
    if (this.#current === undefined) throw new Error('a clock is asked outside of every process')
    return this.#current
  }

  #step(): boolean {
    const entry = this.#agenda.take()
    if (entry === undefined) return false
    const { process, kind, run } = entry
    if (run === undefined || process.isDead) return true
    if (entry.time < process.stillUntil[kind]) {
      entry.time = process.stillUntil[kind]
      this.#agenda.add(entry)
      return true
    }
    this.#atOnce = entry.time > this.time ? 0 : this.#atOnce + 1
    if (this.#atOnce > MOST_AT_ONCE) throw new Error(`the clock stands still at ${this.time} ms`)
    this.time = entry.time
    this.events++
    this.trace = hashOf(`${entry.order} ${entry.time} ${process.name}`, this.trace)
    this.#current = process
    run()
    settle()
    this.#current = undefined
    return true
  }
}
