import { channel } from 'node:diagnostics_channel'
import type { Runtime } from '../event/runtime.js'
import { CoreFault } from './core.js'
import { owners } from './owners.js'
import type { Part, PartKind } from './part.js'

/** Told of everything that a part throws. */
export const partFaults = channel('tocsin:part:fault')

export interface PartFault {
  readonly part: Part
  readonly thrown: unknown
}

const originals = new WeakMap<Runtime, Runtime>()

/** The runtime of the hub, which all its parts have in common, each with its own boundary around the callbacks. */
export function hubRuntime(runtime: Runtime): Runtime {
  return originals.get(runtime) ?? runtime
}

/**
 * Keeps what a part throws from all others. Everything that begins in it belongs to it: promises, timers, streams,
 * sockets and the callbacks of libraries.
 */
export class Boundary implements Part {
  readonly kind: PartKind
  readonly name: string
  readonly #failed: (thrown: unknown) => void

  /** `failed` is called with what the part throws. Its state is not known then, so that it must be made anew. */
  constructor(kind: PartKind, name: string, failed: (thrown: unknown) => void) {
    this.kind = kind
    this.name = name
    this.#failed = failed
  }

  /** Runs work of the part, and throws what it throws. */
  run<Args extends unknown[], Result>(work: (...args: Args) => Result, ...args: Args): Result {
    return owners.run(this, work, ...args)
  }

  /** Runs work of the part for somebody else, who is not concerned by what it throws. */
  take<Args extends unknown[], Result>(work: (...args: Args) => Result, ...args: Args): Result | undefined {
    try {
      return owners.run(this, work, ...args)
    } catch (thrown) {
      this.fail(thrown)
      return undefined
    }
  }

  /** Returns a function that others may call at any time. */
  guard<Args extends unknown[]>(work: (...args: Args) => unknown): (...args: Args) => void {
    return (...args) => void this.take(work, ...args)
  }

  /** The same clock and timers, whose callbacks are work of the part. */
  runtime(runtime: Runtime): Runtime {
    const result: Runtime = {
      now: () => runtime.now(),
      monotonic: () => runtime.monotonic(),
      inTurn: () => runtime.inTurn?.() ?? 0,
      processorTime: () => runtime.processorTime(),
      random: (bytes) => runtime.random(bytes),
      after: (ms, run) => runtime.after(ms, this.guard(run)),
      soon: (run) => runtime.soon(this.guard(run)),
    }
    originals.set(result, hubRuntime(runtime))
    return result
  }

  /** The part has thrown this. What the core throws is never the fault of the part that has called it. */
  fail(thrown: unknown): void {
    if (thrown instanceof CoreFault) throw thrown
    this.note(thrown)
    owners.run(undefined, this.#failed, thrown)
  }

  /** Reports what does not concern the whole part. */
  note(thrown: unknown): void {
    if (partFaults.hasSubscribers) partFaults.publish({ part: this, thrown } satisfies PartFault)
  }
}

/** The part whose work runs now; undefined: the core. */
export function currentPart(): Boundary | undefined {
  return owners.getStore() as Boundary | undefined
}
