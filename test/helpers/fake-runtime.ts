import type { Cancel, Runtime } from '../../src/event/runtime.js'

interface Timer {
  due: number
  order: number
  run: () => void
}

/** A runtime whose time stands still until the test advances it; random bytes come from a seed. */
export class FakeRuntime implements Runtime {
  #micros: number
  #monotonic = 0
  #order = 0
  #timers: Timer[] = []
  #soon: (() => void)[] = []
  #state: number

  constructor(options: { start?: string; seed?: number } = {}) {
    this.#micros = Date.parse(options.start ?? '2026-01-01T00:00:00Z') * 1000
    this.#state = options.seed ?? 1
  }

  now = (): number => this.#micros
  monotonic = (): number => this.#monotonic
  /** Whatever takes time works. */
  processorTime = (): number => this.monotonic()

  after = (ms: number, run: () => void): Cancel => {
    const timer = { due: this.#monotonic + Math.max(0, ms), order: this.#order++, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  soon = (run: () => void): void => {
    this.#soon.push(run)
  }

  random = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, () => this.#nextByte())

  /** Number of timers that wait. */
  get pending(): number {
    return this.#timers.length
  }

  /** Time until the next timer, ms; undefined if there is none. */
  get next(): number | undefined {
    const first = this.#first()
    return first && first.due - this.#monotonic
  }

  /** Moves only the wall clock, as an administrator would. */
  setClock(micros: number): void {
    this.#micros = micros
  }

  /** Runs the functions passed to `soon`, including those added meanwhile, until none is left. */
  turn(): void {
    while (this.#soon.length > 0) for (const run of this.#soon.splice(0)) run()
  }

  /** Lets `ms` pass and runs all timers that become due, in order. */
  advance(ms: number): void {
    const end = this.#monotonic + ms
    this.turn()
    for (let timer = this.#first(); timer && timer.due <= end; timer = this.#first()) this.#fire(timer)
    this.#moveTo(end)
  }

  /** Like `advance`, but lets promises and pending I/O settle after each timer. */
  async pass(ms: number): Promise<void> {
    const end = this.#monotonic + ms
    await this.settle()
    for (let timer = this.#first(); timer && timer.due <= end; timer = this.#first()) {
      this.#fire(timer)
      await this.settle()
    }
    this.#moveTo(end)
  }

  /** Lets `ms` pass as at a process that stands still: timers that become due run when time passes again. */
  standStill(ms: number): void {
    this.#moveTo(this.#monotonic + ms)
  }

  /** Lets promises settle that wait only for each other. */
  async settle(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      this.turn()
      await new Promise<void>((done) => setImmediate(done))
    }
  }

  #first(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (!first || timer.due < first.due || (timer.due === first.due && timer.order < first.order))
        first = timer
    }
    return first
  }

  #fire(timer: Timer): void {
    this.#timers = this.#timers.filter((other) => other !== timer)
    this.#moveTo(Math.max(timer.due, this.#monotonic))
    timer.run()
    this.turn()
  }

  #moveTo(monotonic: number): void {
    this.#micros += Math.round((monotonic - this.#monotonic) * 1000)
    this.#monotonic = monotonic
  }

  // mulberry32
  #nextByte(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) & 0xff
  }
}

/** Returns a runtime whose clock moves only when a test advances it, with the real event loop. */
export function clockByHand(options?: ConstructorParameters<typeof FakeRuntime>[0]): FakeRuntime {
  return Object.assign(new FakeRuntime(options), { soon: (run: () => void) => void setImmediate(run) })
}
