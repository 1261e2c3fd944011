import type { IncomingMessage } from 'node:http'
import { TocsinError } from '../../event/errors.js'
import type { Runtime } from '../../event/runtime.js'

export interface Receiving {
  runtime: Runtime
  /** ms */
  limits: { requestTimeout: number }
}

export interface ReceiveOptions {
  /** `all`: it must have come in within the limit of time; `each`: so must every piece, and there is no end. */
  within: 'all' | 'each'
  /** Stop it, with their reason. */
  signals?: readonly AbortSignal[]
}

/** The body as it comes in. Throws TCN_HTTP_TIMEOUT, TCN_CLIENT_ABORTED, and the reason of a signal. */
export async function* receive(
  request: IncomingMessage,
  { runtime, limits }: Receiving,
  { within, signals = [] }: ReceiveOptions,
): AsyncGenerator<Buffer> {
  const pieces = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  const stop = new Stop(signals)
  const late = () => stop.now(new TocsinError('TCN_HTTP_TIMEOUT'))
  let cancel = runtime.after(limits.requestTimeout, late)
  try {
    for (;;) {
      const { value, done } = await stop.or(pieces.next().catch(gone))
      if (within === 'each') cancel()
      if (done) return
      yield value
      if (within === 'each') cancel = runtime.after(limits.requestTimeout, late)
    }
  } finally {
    cancel()
    stop.release()
  }
}

function gone(): never {
  throw new TocsinError('TCN_CLIENT_ABORTED', 'the peer left in the middle of the body')
}

class Stop {
  readonly #signals: readonly AbortSignal[]
  #stopped: { reason: unknown } | undefined
  #reject: (reason: unknown) => void = () => {}

  constructor(signals: readonly AbortSignal[]) {
    this.#signals = signals
    for (const signal of signals) {
      if (signal.aborted) this.now(signal.reason)
      else signal.addEventListener('abort', this.#aborted, { once: true })
    }
  }

  /** Whichever comes first. `Promise.race` would keep all pieces for as long as it can still be stopped. */
  or<Value>(work: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#reject = reject
      work.then(resolve, reject)
      if (this.#stopped !== undefined) reject(this.#stopped.reason)
    })
  }

  now(reason: unknown): void {
    this.#stopped ??= { reason }
    this.#reject(reason)
  }

  release(): void {
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#aborted)
  }

  #aborted = ({ target }: Event): void => this.now((target as AbortSignal).reason)
}
