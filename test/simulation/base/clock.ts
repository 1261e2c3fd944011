/** What stands in for the clocks, timers and random numbers of the language while a world runs. */
export interface LanguageClock {
  /** ms since the epoch */
  now(): number
  /** ms */
  monotonic(): number
  /** Returns a function that cancels it. */
  after(ms: number, run: () => void): () => void
  random(): number
}

let clock: LanguageClock | undefined

export function useClock(next: LanguageClock | undefined): void {
  clock = next
}

class Timer {
  cancel: () => void = () => undefined
  unref = (): this => this
  ref = (): this => this
  hasRef = (): boolean => false
}

const original = {
  setTimeout: globalThis.setTimeout,
  setInterval: globalThis.setInterval,
  setImmediate: globalThis.setImmediate,
  clearTimeout: globalThis.clearTimeout,
  now: performance.now.bind(performance),
  random: Math.random,
  Date: globalThis.Date,
}

type Run = (...given: unknown[]) => void

function started(ms: number, run: () => void): Timer {
  const timer = new Timer()
  timer.cancel = clock!.after(ms, run)
  return timer
}

/** A repeated timer is cancelled wherever it has got to. */
function repeated(ms: number, run: () => void): Timer {
  const timer = new Timer()
  const next = () => {
    timer.cancel = clock!.after(ms, () => {
      next()
      run()
    })
  }
  next()
  return timer
}

function cancel(timer: unknown): void {
  if (timer instanceof Timer) timer.cancel()
  else original.clearTimeout(timer as NodeJS.Timeout)
}

class LanguageDate extends original.Date {
  constructor(...given: unknown[]) {
    if (given.length === 0 && clock !== undefined) super(clock.now())
    else super(...(given as [number]))
  }

  static override now(): number {
    return clock?.now() ?? original.Date.now()
  }
}

/**
 * Some modules keep a timer function when they are loaded, so that this one is loaded before all of them. It looks for
 * the clock at each call.
 */
Object.assign(globalThis, {
  setTimeout: (run: Run, ms = 0, ...given: unknown[]) =>
    clock === undefined ? original.setTimeout(run, ms, ...given) : started(ms, () => run(...given)),
  setInterval: (run: Run, ms = 0, ...given: unknown[]) =>
    clock === undefined ? original.setInterval(run, ms, ...given) : repeated(ms, () => run(...given)),
  setImmediate: (run: Run, ...given: unknown[]) =>
    clock === undefined ? original.setImmediate(run, ...given) : started(0, () => run(...given)),
  clearTimeout: cancel,
  clearInterval: cancel,
  clearImmediate: cancel,
  Date: LanguageDate,
})
Math.random = () => clock?.random() ?? original.random()
Object.defineProperty(performance, 'now', {
  value: () => clock?.monotonic() ?? original.now(),
  configurable: true,
})

/** Runs all microtasks and ticks that wait, and those that they begin. */
export function settle(): void {
  ;(process as unknown as { _tickCallback(): void })._tickCallback()
}
