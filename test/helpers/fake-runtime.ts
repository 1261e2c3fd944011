import type { Cancel, Runtime } from '../../src/event/runtime.js'

interface Timer {
  due: number
  order: number
  run: () => void
}

/** Time stands still until the test moves it; chance comes from a seed. */
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

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.length
  }

  /** ms until the next timer; undefined when none waits. */
  get next(): number | undefined {
    const first = this.#first()
    return first && first.due - this.#monotonic
  }

  /** Moves the wall clock alone, as an administrator would. */
  setClock(micros: number): void {
    this.#micros = micros
  }

  /** Runs what `soon` was given, also what that adds, until nothing is left. */
  turn(): void {
    while (this.#soon.length > 0) for (const run of this.#soon.splice(0)) run()
  }

  /** Lets `ms` pass and runs all timers due on the way, in order. */
  advance(ms: number): void {
    const end = this.#monotonic + ms
    this.turn()
    for (let timer = this.#first(); timer && timer.due <= end; timer = this.#first()) this.#fire(timer)
    this.#moveTo(end)
  }

  /** As `advance`, and lets promises and pending I/O settle after each timer. */
  async pass(ms: number): Promise<void> {
    const end = this.#monotonic + ms
    await this.settle()
    for (let timer = this.#first(); timer && timer.due <= end; timer = this.#first()) {
      this.#fire(timer)
      await this.settle()
    }
    this.#moveTo(end)
  }

  /** Lets promises that wait for nothing but each other settle. */
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
