import type { IncomingMessage } from 'node:http'
import { TocsinError } from '../../event/errors.js'
import type { HttpContext } from './context.js'

export interface ReceiveOptions {
  /** `all`: it must have come in within the limit of time; `each`: so must every piece, and there is no end. */
  within: 'all' | 'each'
  /** Stops it, with the reason. */
  signal?: AbortSignal
}

/** The body as it comes in. Throws TCN_HTTP_TIMEOUT, TCN_CLIENT_ABORTED, and the reason of the signal. */
export async function* receive(
  request: IncomingMessage,
  { runtime, limits }: Pick<HttpContext, 'runtime' | 'limits'>,
  { within, signal }: ReceiveOptions,
): AsyncGenerator<Buffer> {
  const pieces = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  const stop = new Stop(signal)
  const late = () => stop.now(new TocsinError('TCN_HTTP_TIMEOUT'))
  let cancel = runtime.after(limits.requestTimeout, late)
  try {
    for (;;) {
      const { value, done } = await Promise.race([pieces.next().catch(gone), stop.promise])
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
  readonly promise: Promise<never>
  readonly #signal: AbortSignal | undefined
  #reject: (reason: unknown) => void = () => {}

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal
    this.promise = new Promise((_, reject) => {
      this.#reject = reject
    })
    this.promise.catch(() => undefined)
    if (signal?.aborted) this.#aborted()
    else signal?.addEventListener('abort', this.#aborted, { once: true })
  }

  now(reason: unknown): void {
    this.#reject(reason)
  }

  release(): void {
    this.#signal?.removeEventListener('abort', this.#aborted)
  }

  #aborted = (): void => this.#reject(this.#signal?.reason)
}
