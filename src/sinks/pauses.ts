import { scatteredPause } from '../event/retry-pause.js'
import type { Runtime } from '../event/runtime.js'

const MAX_ASKED_MS = 3_600_000

/** The pause before the next attempt, ms: each is twice as long as the one before, less up to a quarter. */
export function pauseAfter(
  attempts: number,
  { pause, maxPause }: { pause: number; maxPause: number },
  runtime: Pick<Runtime, 'random'>,
  asked?: number,
): number {
  const usual = scatteredPause(attempts, { first: pause, longest: maxPause }, runtime)
  return Math.max(usual, Math.min(asked ?? 0, MAX_ASKED_MS))
}

/** A signal that fires after the time, or with the other one. `end` releases both. */
export function deadline(
  runtime: Runtime,
  ms: number,
  signal: AbortSignal,
): { signal: AbortSignal; end(): void } {
  const controller = new AbortController()
  const cancel = runtime.after(ms, () => controller.abort(new Error(`no answer within ${ms / 1000} s`)))
  const abort = () => controller.abort(signal.reason)
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    end() {
      cancel()
      signal.removeEventListener('abort', abort)
    },
  }
}
