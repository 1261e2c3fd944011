import type { Runtime } from './runtime.js'

/** The same clock and timers, whose callbacks hand what they throw to `failed`, so that it ends only whose they are. */
export function guardedRuntime(runtime: Runtime, failed: (error: unknown) => void): Runtime {
  const guarded = (run: () => void) => () => {
    try {
      run()
    } catch (error) {
      failed(error)
    }
  }
  return {
    now: () => runtime.now(),
    monotonic: () => runtime.monotonic(),
    random: (bytes) => runtime.random(bytes),
    after: (ms, run) => runtime.after(ms, guarded(run)),
    soon: (run) => runtime.soon(guarded(run)),
  }
}
