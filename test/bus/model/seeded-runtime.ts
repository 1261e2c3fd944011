import type { Cancel, Runtime } from '../../../src/event/runtime.js'

interface Timer {
  due: number
  run: () => void
}

/** A runtime whose time a test controls; the seed decides what runs next. */
export class SeededRuntime implements Runtime {
  #micros = Date.UTC(2026, 0) * 1000
  #monotonic = 0
  #soon: (() => void)[] = []
  #timers: Timer[] = []
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  now = (): number => this.#micros
  monotonic = (): number => this.#monotonic
  processorTime = (): number => this.#monotonic
  soon = (run: () => void): void => {
    this.#soon.push(run)
  }
  after = (ms: number, run: () => void): Cancel => {
    const timer = { due: this.#monotonic + Math.max(0, ms), run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }
  random = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, () => this.below(256))

  /** Returns a runtime for one run of the hub: after `end`, nothing that was scheduled with it runs any more. */
  life(): { runtime: Runtime; end(): void } {
    let alive = true
    const whileAlive = (run: () => void) => () => {
      if (alive) run()
    }
    const { now, monotonic, processorTime, random } = this
    return {
      runtime: {
        now,
        monotonic,
        processorTime,
        random,
        soon: (run) => this.soon(whileAlive(run)),
        after: (ms, run) => this.after(ms, whileAlive(run)),
      },
      end: () => {
        alive = false
      },
    }
  }

  /** Runs a random one of the functions that wait for the next turn; returns false if none is left. */
  async step(): Promise<boolean> {
    const waiting = this.#soon
    if (waiting.length > 0) waiting.splice(this.below(waiting.length), 1)[0]()
    await settled()
    return waiting.length > 0
  }

  async quiet(): Promise<void> {
    while (await this.step());
  }

  /** Lets time pass; due timers run in order, sometimes with a step between them. */
  async pass(ms: number): Promise<void> {
    const end = this.#monotonic + ms
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers = this.#timers.filter((other) => other !== next)
      this.#moveTo(next.due)
      next.run()
      if (this.below(2) === 0) await this.step()
    }
    this.#moveTo(end)
    await settled()
  }

  below(limit: number): number {
    // mulberry32
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }

  #next(end: number): Timer | undefined {
    const due = this.#timers.filter((timer) => timer.due <= end)
    const first = Math.min(...due.map((timer) => timer.due))
    const candidates = due.filter((timer) => timer.due === first)
    return candidates[candidates.length > 1 ? this.below(candidates.length) : 0]
  }

  #moveTo(monotonic: number): void {
    this.#micros += Math.round((Math.max(monotonic, this.#monotonic) - this.#monotonic) * 1000)
    this.#monotonic = Math.max(monotonic, this.#monotonic)
  }
}

/** Resolves when the promises that only wait for each other have settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
