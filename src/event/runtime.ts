/**
 * Time and randomness, passed in from outside, so that a failure can be replayed from its seed. event,
 * filter, log, state and bus use no other clock, timer or random source.
 */
export interface Runtime {
  /** The wall clock, µs since the epoch. May jump. */
  now(): number
  /** A monotonic clock for intervals, ms. */
  monotonic(): number
  /**
   * Time since the first question for it in this turn of the event loop, ms. Absent where no time passes within a turn.
   */
  inTurn?(): number
  /** Processor time that the whole process has used, ms. */
  processorTime(): number
  /**
   * Calls `run` once after `ms`, and returns a function that cancels it. Does not keep the process alive.
   */
  after(ms: number, run: () => void): Cancel
  /** Calls `run` once in the next turn of the event loop, after pending I/O. */
  soon(run: () => void): void
  random(bytes: number): Uint8Array
}

export type Cancel = () => void

/** The outcome of the promise, or a rejection after `ms`. An outcome after that is ignored. */
export async function withTimeout<T>(runtime: Runtime, ms: number, promise: Promise<T>): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const cancel = runtime.after(ms, () => reject(new Error(`not done within ${ms / 1000} s`)))
    promise.then(resolve, reject).finally(cancel)
  })
}

/** Resolves after the time, or as soon as the signal fires. */
export function sleep(runtime: Runtime, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = runtime.after(ms, done)
    signal.addEventListener('abort', done, { once: true })
  })
}

/** Time after which the parts of a hub leave what can wait to the next turn of the event loop, ms. */
const TURN_MS = 5
/** Time that each part has in any turn, however long the others have worked in it, ms. */
const LEAST_MS = 1

/**
 * Returns until when a part may work in this turn of the event loop, ms (monotonic): for `most` ms, and less if others have
 * used up the turn.
 */
export function endOfWork(runtime: Pick<Runtime, 'monotonic' | 'inTurn'>, most: number): number {
  const left = TURN_MS - (runtime.inTurn?.() ?? 0)
  return runtime.monotonic() + Math.max(LEAST_MS, Math.min(most, left))
}

/** Resolves in the next turn of the event loop, so that others have theirs. */
export function nextTurn(runtime: Pick<Runtime, 'soon'>): Promise<void> {
  return new Promise((resolve) => runtime.soon(resolve))
}

/** Does all steps, and waits after each for what `turn` returns. Resolves with what the last one returns. */
export async function doneInTurns<Result>(
  steps: Iterator<unknown, Result>,
  turn: () => Promise<void> | undefined,
): Promise<Result> {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
    const wait = turn()
    if (wait !== undefined) await wait
  }
}

/** Time that a part that stops waits for others, or for a network that does not answer, ms. */
export const STOP_MS = 4000

/** Resolves when the work has ended, well or not, or has taken as long as what stops may wait. */
export async function endedInTime(runtime: Runtime, work: Promise<unknown>, ms = STOP_MS): Promise<void> {
  await withTimeout(runtime, ms, work).catch(() => undefined)
}
