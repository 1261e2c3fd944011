import { TocsinError } from '../errors/tocsin-error.js'
import { isObject } from '../event/json/object.js'
import { type ControlRecord, encodeRecord } from '../protocols/native/codec.js'
import type { Reply } from '../protocols/native/protocol.js'
import type { RequestOptions } from './api.js'
import { abortError, type DisconnectReason, disconnectError } from './transport/disconnect-reason.js'
import type { Link } from './transport/link.js'

const TIMEOUT_MS = 30_000

interface PendingRequest {
  /** The request that waits for a connection; undefined if it was sent. */
  record: Uint8Array | undefined
  resolve(result: unknown): void
  reject(error: Error): void
}

/** The requests of a client: those that were sent, and those that wait for a connection. */
export class Requests {
  #link: Link | undefined
  #nextId = 1
  readonly #pending = new Map<number, PendingRequest>()
  #failure: TocsinError | undefined

  linked(link: Link): void {
    this.#link = link
    for (const request of this.#pending.values()) {
      if (request.record) link.write([request.record])
      request.record = undefined
    }
  }

  /**
   * Rejects what was sent. Whether the hub has executed these requests is unknown, so that repeating them is left to
   * the caller.
   */
  unlinked(reason: DisconnectReason): void {
    this.#link = undefined
    for (const { record, reject } of this.#pending.values()) if (!record) reject(disconnectError(reason))
  }

  fail(error: TocsinError): void {
    this.#failure = error
    this.#link = undefined
    for (const request of this.#pending.values()) request.reject(error)
  }

  record(record: ControlRecord): boolean {
    if (record.name !== 'reply') return false
    this.#settle(record.body)
    return true
  }

  async request(
    method: string,
    params: Record<string, unknown> | undefined,
    options: RequestOptions,
  ): Promise<unknown> {
    if (this.#failure !== undefined) throw this.#failure
    const { signal, timeout = TIMEOUT_MS, traceparent } = options
    if (signal?.aborted) throw abortError(signal)
    const id = this.#nextId++
    let timer: ReturnType<typeof setTimeout> | undefined
    let abort: (() => void) | undefined
    try {
      return await new Promise((resolve, reject) => {
        timer = setTimeout(
          () => reject(new TocsinError('TCN_CLIENT_TIMEOUT', `no answer to ${method}`)),
          timeout,
        )
        abort = () => reject(abortError(signal))
        signal?.addEventListener('abort', abort, { once: true })
        const record = encodeRecord('request', { id, method, params, traceparent })
        this.#link?.write([record])
        this.#pending.set(id, { record: this.#link ? undefined : record, resolve, reject })
      })
    } finally {
      clearTimeout(timer)
      if (abort !== undefined) signal?.removeEventListener('abort', abort)
      this.#pending.delete(id)
    }
  }

  #settle({ id, result, more, error }: Reply): void {
    const pending = this.#pending.get(id)
    if (pending === undefined || more) return
    if (error !== undefined) pending.reject(replyError(error))
    else if (isObject(result)) pending.resolve(result)
    else pending.reject(new TocsinError('TCN_PROTOCOL_BODY', 'an answer of the hub is not a map'))
  }
}

export function replyError({ code, message, details }: NonNullable<Reply['error']>): TocsinError {
  return new TocsinError(code as TocsinError['code'], message, { details })
}
