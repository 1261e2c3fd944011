import type { Runtime } from './runtime.js'

const originals = new WeakMap<Runtime, Runtime>()

/** The runtime of the hub, which all its parts have in common, whoever guards their callbacks. */
export function hubRuntime(runtime: Runtime): Runtime {
  return originals.get(runtime) ?? runtime
}

/** The same clock and timers, whose callbacks hand what they throw to `failed`, so that it ends only whose they are. */
export function guardedRuntime(runtime: Runtime, failed: (error: unknown) => void): Runtime {
  const guarded = (run: () => void) => () => {
    try {
      run()
    } catch (error) {
      failed(error)
    }
  }
  const result: Runtime = {
    now: () => runtime.now(),
    monotonic: () => runtime.monotonic(),
    random: (bytes) => runtime.random(bytes),
    after: (ms, run) => runtime.after(ms, guarded(run)),
    soon: (run) => runtime.soon(guarded(run)),
  }
  originals.set(result, hubRuntime(runtime))
  return result
}
