import type { NatsLink } from './link.js'
import { NatsFault } from './nats-fault.js'

/** Servers that have lost the leader of all streams need up to 13 s to elect another one. */
const DEADLINE_MS = 30_000
const PAUSE_MS = 100

/**
 * Repeats a request until a server answers it, for as long as an election of servers may last. Rejects with the last
 * NatsFault, at once if the connection was closed, or with what `check` throws, which is called before each attempt.
 */
export async function persist<Result>(
  link: Pick<NatsLink, 'runtime' | 'isClosed'>,
  ask: () => Promise<Result>,
  check: () => void = () => undefined,
): Promise<Result> {
  const { runtime } = link
  const start = runtime.monotonic()
  for (;;) {
    check()
    try {
      return await ask()
    } catch (thrown) {
      if (!NatsFault.is(thrown) || thrown.kind === 'refused' || link.isClosed) throw thrown
      if (runtime.monotonic() - start > DEADLINE_MS)
        throw new NatsFault('unreachable', `no answer for ${DEADLINE_MS / 1000} s: ${thrown.message}`, {
          cause: thrown,
        })
    }
    await new Promise<void>((resolve) => void runtime.after(PAUSE_MS, resolve))
  }
}
