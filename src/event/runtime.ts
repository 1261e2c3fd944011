/**
 * Time and chance, handed in from outside, so that a failure replays from its seed.
 * event, filter, log, state and bus call no clock, timer or random source but these.
 */
export interface Runtime {
  /** Wall clock, µs since the epoch. May jump. */
  now(): number
  /** Monotonic clock, ms. For intervals. */
  monotonic(): number
  /** Runs `run` once after `ms`; returns what cancels it. Does not keep the process alive. */
  after(ms: number, run: () => void): Cancel
  /** Runs `run` once in the next turn of the event loop, after pending I/O. */
  soon(run: () => void): void
  random(bytes: number): Uint8Array
}

export type Cancel = () => void
