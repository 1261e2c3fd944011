import { TocsinError } from '../errors/tocsin-error.js'
import type { Client } from './api.js'
import { Backoff } from './transport/backoff.js'

/** Connects, and tries again for `wait` ms while no hub answers. Any other error is final. */
export async function waitForHub(
  open: () => Promise<Client>,
  { wait = 0, signal }: { wait?: number; signal?: AbortSignal | undefined },
): Promise<Client> {
  const end = performance.now() + wait
  const pauses = new Backoff()
  for (;;) {
    try {
      return await open()
    } catch (error) {
      const left = end - performance.now()
      if (!TocsinError.is(error, 'TCN_CLIENT_UNREACHABLE') || left <= 0) throw error
      await pause(Math.min(left, pauses.next()), signal)
    }
  }
}

/** Ends early when the signal fires; the next attempt then says so. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', over)
      resolve()
    }
    const timer = setTimeout(over, ms)
    signal?.addEventListener('abort', over)
  })
}
