import type { Cancel, Runtime } from '../../event/runtime.js'
import type { NatsLink } from './link.js'
import { NatsFault } from './nats-fault.js'

/** Servers that have lost the leader of all streams need up to 13 s to elect another one. */
const DEADLINE_MS = 30_000
const PAUSE_MS = 100
/** Shorter than the time that parts have for their start, so that they can say why they have not. */
const ANSWERED_MS = 25_000

export interface Persistence {
  /** Called before each attempt. What it throws is the outcome. */
  check?(): void
  /** Returns how far the attempts have come together. The time begins anew with each that gets further. */
  progress?(): number
}

/**
 * Repeats a request until a server answers it, for as long as an election of servers may last. Rejects with the last
 * NatsFault, at once if the connection was closed.
 */
export async function persist<Result>(
  link: Pick<NatsLink, 'runtime' | 'isClosed'>,
  ask: () => Promise<Result>,
  { check, progress = () => 0 }: Persistence = {},
): Promise<Result> {
  const { runtime } = link
  let start = runtime.monotonic()
  for (;;) {
    check?.()
    const before = progress()
    try {
      return await ask()
    } catch (thrown) {
      if (!NatsFault.is(thrown) || thrown.kind === 'refused' || link.isClosed) throw thrown
      if (progress() > before) start = runtime.monotonic()
      if (runtime.monotonic() - start > DEADLINE_MS)
        throw new NatsFault('unreachable', `no answer for ${DEADLINE_MS / 1000} s: ${thrown.message}`, {
          cause: thrown,
          number: thrown.number,
        })
    }
    await new Promise<void>((resolve) => void runtime.after(PAUSE_MS, resolve))
  }
}

/**
 * Resolves as the promise does. Rejects with a NatsFault if it takes longer than an election may last, while nothing comes
 * further by `progress`.
 */
export async function answeredInTime<Result>(
  runtime: Runtime,
  answer: Promise<Result>,
  progress: () => number,
): Promise<Result> {
  for (;;) {
    const before = progress()
    let cancel: Cancel = () => undefined
    const late = new Promise<typeof LATE>((resolve) => {
      cancel = runtime.after(ANSWERED_MS, () => resolve(LATE))
    })
    const first = await Promise.race([answer, late]).finally(() => cancel())
    if (first !== LATE) return first
    if (progress() === before) throw new NatsFault('unreachable', `no answer for ${ANSWERED_MS / 1000} s`)
  }
}

const LATE = Symbol('late')
