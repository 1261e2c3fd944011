import { TocsinError } from '../errors/tocsin-error.js'
import type { ControlRecord } from '../protocols/native/codec.js'
import type { Hello, Reply } from '../protocols/native/protocol.js'
import type { RequestOptions } from './api.js'
import { replyError } from './requests.js'
import { Inbox } from './subscribe/inbox.js'
import { abortError, type DisconnectReason, disconnectError } from './transport/disconnect-reason.js'
import { Link, type LinkUser } from './transport/link.js'
import type { Dial } from './transport/transport.js'

/** The least that a part counts in the inbox, bytes. */
const PART_BYTES = 16 * 1024
const TIMEOUT_MS = 30_000

/**
 * Sends a request on a connection of its own and yields the parts of its reply. A program that takes the parts slowly
 * makes the hub wait without delaying other requests. Leaving the loop cancels the request.
 */
export async function* requestParts(
  dial: Dial,
  hello: Omit<Hello, 'version'>,
  request: { method: string; params?: Record<string, unknown> },
  { signal, timeout = TIMEOUT_MS, traceparent }: RequestOptions,
): AsyncGenerator<unknown> {
  const parts = new StreamedReply()
  const abort = (): void => parts.fail(abortError(signal))
  const link = await Link.open(dial, hello, parts, signal)
  signal?.addEventListener('abort', abort, { once: true })
  try {
    parts.link = link
    link.send('request', { id: 1, ...request, traceparent })
    for (;;) {
      const timer = setTimeout(() => parts.fail(new TocsinError('TCN_CLIENT_TIMEOUT')), timeout)
      const part = await parts.inbox.next().finally(() => clearTimeout(timer))
      if (part === undefined) return
      yield part.value
    }
  } finally {
    signal?.removeEventListener('abort', abort)
    link.close()
  }
}

class StreamedReply implements LinkUser {
  link: Link | undefined
  readonly inbox = new Inbox<{ value: unknown; bytes: number }>({
    sizeOf: ({ bytes }) => PART_BYTES + bytes,
    onFull: () => this.link?.pause(),
    onLow: () => this.link?.resume(),
  })

  onEvents(): void {}

  onRecord(record: ControlRecord, bytes: number): void {
    if (record.name === 'reply') this.#take(record.body, bytes)
  }

  onDisconnected(reason: DisconnectReason): void {
    this.fail(disconnectError(reason))
  }

  fail(error: TocsinError): void {
    this.inbox.end(error)
  }

  #take({ result, more, error }: Reply, bytes: number): void {
    if (error === undefined) this.inbox.put({ value: result, bytes })
    if (error !== undefined) this.fail(replyError(error))
    else if (!more) this.inbox.end()
  }
}
