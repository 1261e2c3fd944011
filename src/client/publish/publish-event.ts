import { TocsinError } from '../../errors/tocsin-error.js'
import type { AckLevel, Published, PublishOptions } from '../api.js'
import { abortError } from '../transport/disconnect-reason.js'
import type { AckWaiter } from './acknowledgements.js'
import type { WindowWaiter } from './backpressure.js'
import type { Publisher } from './publisher.js'

/** Writes one event when the window has room, and resolves when it is acknowledged. */
export function publishEvent(
  publisher: Publisher,
  tag: string,
  data: unknown,
  options: PublishOptions,
  ack: AckLevel,
): Promise<Published> {
  return new Promise((resolve, reject) => {
    const event = new PendingEvent(publisher, tag, data, options, ack, resolve, reject)
    event.start()
  })
}

/** All state of one call of `publish` in a single object, since there may be many at once. */
class PendingEvent implements WindowWaiter, AckWaiter {
  counter = 0
  readonly ack: AckLevel
  readonly isEvent = true
  cursor: string | undefined
  gate: AckWaiter['gate']
  readonly #publisher: Publisher
  readonly #tag: string
  readonly #data: unknown
  readonly #options: PublishOptions
  readonly #resolve: (published: Published) => void
  readonly #reject: (error: unknown) => void
  #onAbort: (() => void) | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #isOver = false

  constructor(
    publisher: Publisher,
    tag: string,
    data: unknown,
    options: PublishOptions,
    ack: AckLevel,
    resolve: (published: Published) => void,
    reject: (error: unknown) => void,
  ) {
    this.#publisher = publisher
    this.#tag = tag
    this.#data = data
    this.#options = options
    this.ack = ack
    this.#resolve = resolve
    this.#reject = reject
  }

  start(): void {
    const { timeout, signal } = this.#options
    if (timeout !== undefined) this.#timer = setTimeout(() => this.fail(this.#late()), timeout)
    this.#publisher.whenWindowOpen(this, signal)
  }

  enter(): void {
    if (this.#isOver) return
    try {
      this.counter = this.#write()
    } catch (error) {
      this.fail(error)
      return
    }
    if (this.#options.signal !== undefined) this.#watch(this.#options.signal)
    this.#publisher.wait(this)
  }

  fail(error: unknown): void {
    this.#isOver = true
    this.#unwatch()
    this.#reject(error)
  }

  reject(error: Error): void {
    this.fail(error)
  }

  resolve(): void {
    this.#unwatch()
    const { cursor, gate } = this
    if (gate?.outcome === undefined) this.#resolve({ cursor })
    else {
      const { answers = [], missing = [] } = gate.outcome
      this.#resolve({ cursor, gate: { answers, missing } })
    }
  }

  #write(): number {
    const { gate } = this.#options
    if (gate === undefined) return this.#publisher.write(this.#tag, this.#data, this.#options, this.ack)
    this.gate = {}
    return this.#publisher.writeGated(this.#tag, this.#data, { ...this.#options, gate }, this.ack)
  }

  /** The event is already sent: aborting ends only the waiting. */
  #watch(signal: AbortSignal): void {
    this.#onAbort = () => this.#reject(abortError(signal))
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  #late(): TocsinError {
    const ms = `${this.#options.timeout} ms`
    return this.counter === 0
      ? new TocsinError('TCN_CLIENT_TIMEOUT', `the event was not sent within ${ms}: too many others wait`)
      : new TocsinError(
          'TCN_CLIENT_UNSETTLED',
          `no acknowledgement within ${ms}: it is not known whether the event is stored`,
        )
  }

  #unwatch(): void {
    clearTimeout(this.#timer)
    if (this.#onAbort !== undefined) this.#options.signal?.removeEventListener('abort', this.#onAbort)
  }
}
