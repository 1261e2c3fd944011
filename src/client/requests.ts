import { TocsinError } from '../event/errors.js'
import type { ControlRecord } from '../faces/native/codec.js'
import type { Reply } from '../faces/native/protocol.js'
import type { RequestOptions } from './api.js'
import type { Link } from './link.js'
import { type Loss, lossError } from './loss.js'
import { aborted } from './room.js'

const TIMEOUT = 30_000

interface Pending {
  resolve(result: unknown): void
  reject(error: Error): void
}

/** Requests under way on the connection of a client, and those that wait for one. */
export class Requests {
  #link: Link | undefined
  #nextId = 1
  readonly #pending = new Map<number, Pending>()
  #waiting: ((link: Link) => void)[] = []
  #failure: TocsinError | undefined

  linked(link: Link): void {
    this.#link = link
    const waiting = this.#waiting
    this.#waiting = []
    for (const go of waiting) go(link)
  }

  /** Whether the hub has done what was asked is not known: the caller decides what to do. */
  unlinked(loss: Loss): void {
    this.#link = undefined
    this.#rejectAll(lossError(loss))
  }

  fail(error: TocsinError): void {
    this.#failure = error
    this.#link = undefined
    this.#waiting = []
    this.#rejectAll(error)
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
    const { signal, timeout = TIMEOUT } = options
    if (signal?.aborted) throw aborted(signal)
    const id = this.#nextId++
    let timer: ReturnType<typeof setTimeout> | undefined
    let abort: (() => void) | undefined
    try {
      return await new Promise((resolve, reject) => {
        this.#pending.set(id, { resolve, reject })
        timer = setTimeout(
          () => reject(new TocsinError('TCN_CLIENT_TIMEOUT', `no answer to ${method}`)),
          timeout,
        )
        abort = () => reject(aborted(signal as AbortSignal))
        signal?.addEventListener('abort', abort, { once: true })
        const send = (link: Link): void => {
          if (this.#pending.has(id)) link.send('request', { id, method, params })
        }
        if (this.#link !== undefined) send(this.#link)
        else this.#waiting.push(send)
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
    if (error === undefined) pending.resolve(result)
    else pending.reject(replyError(error))
  }

  #rejectAll(error: Error): void {
    for (const pending of this.#pending.values()) pending.reject(error)
  }
}

export function replyError({ code, message, details }: NonNullable<Reply['error']>): TocsinError {
  return new TocsinError(code as TocsinError['code'], message, { details })
}
