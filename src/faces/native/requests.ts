import { TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import { readTraceparent, type TraceContext } from '../../event/trace-context.js'
import type { Call } from '../../methods/method.js'
import { MAX_REQUEST_VALUES, wireError } from '../../protocols/native/codec.js'
import type { Request } from '../../protocols/native/protocol.js'
import { callMethod } from '../shared/call-method.js'
import type { Listener } from '../shared/listener.js'
import type { Peer, Place } from '../shared/session-kind.js'
import { longResult } from './long-result.js'
import type { SessionHost } from './peer.js'

/** The principal that makes a request, and where it is. */
type Caller = Pick<Call, 'principal'> & Place

export function placeOf({ credentials, local = false }: Listener): Place {
  return { face: 'native', address: credentials?.address, local, usid: undefined, program: undefined }
}

/** Bytes waiting for the peer above which no further part of an answer is produced. */
const PARTS_AHEAD = 256 * 1024

/** The running requests of one connection. They are aborted when it closes. */
export class Requests {
  readonly #host: SessionHost
  readonly #connection: Peer
  readonly #caller: Caller
  readonly #running = new Map<number, AbortController>()
  /** Answers that are ready and wait for their turn. */
  #ready = 0
  readonly #lifetime = new Lifetime()
  #waiting: (() => void)[] = []
  #answered: (() => void) | undefined

  constructor(host: SessionHost, connection: Peer, caller: Caller) {
    this.#host = host
    this.#connection = connection
    this.#caller = caller
  }

  start({ id, method, params, traceparent, tooLong }: Request): void {
    if (this.#running.has(id)) {
      throw new TocsinError('TCN_PROTOCOL_BODY', `request: id ${id} is in use`, { details: { id } })
    }
    if (tooLong) {
      const message = `the request has more than ${MAX_REQUEST_VALUES} values`
      this.#refuse(id, new TocsinError('TCN_METHOD_PARAMS', message))
      return
    }
    if (
      this.#running.size >= this.#host.budgets.limits.requests ||
      !this.#host.budgets.requests.take(this.#caller.principal)
    ) {
      this.#refuse(id, new TocsinError('TCN_PROTOCOL_TOO_MANY', 'too many requests at once'))
      return
    }
    const abort = new AbortController()
    this.#running.set(id, abort)
    void this.#run(id, method, params, abort.signal, readTraceparent(traceparent))
  }

  /** Called when no output waits any more. */
  drained(): void {
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    for (const go of waiting) go()
  }

  /** Calls the function when no request runs any more. Returns false if none does. */
  whenAnswered(call: () => void): boolean {
    this.#answered = call
    return this.#running.size > 0
  }

  abort(): void {
    const reason = new TocsinError('TCN_CLIENT_ABORTED', 'the connection was closed')
    for (const abort of this.#running.values()) abort.abort(reason)
    this.#lifetime.end(reason)
    this.drained()
  }

  async #run(
    id: number,
    method: string,
    params: unknown,
    signal: AbortSignal,
    trace: TraceContext | undefined,
  ): Promise<void> {
    const call: Call = {
      ...this.#caller,
      signal,
      connection: this.#lifetime,
      aside: (wait) => this.#host.budgets.requests.aside(this.#caller.principal, wait),
      trace,
      part: (part) => this.#part(id, part, signal),
    }
    try {
      const result = await this.#watched(method, callMethod(this.#host, method, params, call))
      // Throws if the answer cannot be sent; then the error is sent as the answer.
      await this.#answer(id, result, signal)
    } catch (error) {
      if (!signal.aborted) this.#refuse(id, toTocsinError(error, 'TCN_METHOD_FAILED'))
    } finally {
      this.#running.delete(id)
      this.#host.budgets.requests.release(this.#caller.principal)
      if (this.#running.size === 0) this.#answered?.()
    }
  }

  /** Many long answers may be ready at the same time. They take turns, and so do the parts of a very long one. */
  async #answer(id: number, result: unknown, signal: AbortSignal): Promise<void> {
    const { recordWork } = this.#host
    const { name } = this.#caller.principal
    const reply = (result: unknown) => {
      if (!signal.aborted) this.#connection.reply({ id, result })
    }
    const steps = longResult(result)
    if (steps === undefined && this.#ready === 0 && recordWork.hasTime) return reply(result)
    this.#ready++
    try {
      await recordWork.run(name, replying(steps, result, reply), signal)
    } finally {
      this.#ready--
    }
  }

  /** Also reports the request, while somebody reads about requests. */
  #watched(method: string, work: Promise<unknown>): Promise<unknown> {
    const { reporting, runtime } = this.#host
    if (reporting === undefined || !reporting.access.isRead) return work
    return reporting.access.watch(runtime, this.#caller, method, work)
  }

  async #part(id: number, result: unknown, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.#connection.reply({ id, result, more: true })
    if (this.#connection.pending > PARTS_AHEAD) await new Promise<void>((go) => this.#waiting.push(go))
    signal.throwIfAborted()
  }

  #refuse(id: number, error: TocsinError): void {
    this.#connection.send('reply', { id, error: wireError(error) })
  }
}

/** To send an answer is a step of its own: those of many requests may be ready at the same time. */
function* replying(
  steps: Generator<undefined, object> | undefined,
  result: unknown,
  reply: (result: unknown) => void,
): Generator<undefined, void> {
  const ready = steps === undefined ? result : yield* steps
  yield
  reply(ready)
}

/** The time for which a connection exists. Few calls ask for its signal, so it is made for those. */
class Lifetime {
  #abort: AbortController | undefined
  #ended: unknown

  get closed(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController()
      if (this.#ended !== undefined) this.#abort.abort(this.#ended)
    }
    return this.#abort.signal
  }

  end(reason: unknown): void {
    this.#ended = reason
    this.#abort?.abort(reason)
  }
}
