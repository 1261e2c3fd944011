import { TocsinError } from '../event/errors.js'
import type { ControlRecord } from '../faces/native/codec.js'
import type { Hello, Reply } from '../faces/native/protocol.js'
import type { RequestOptions } from './api.js'
import { Inbox } from './inbox.js'
import { Link, type LinkUser } from './link.js'
import { type Loss, lossError } from './loss.js'
import { replyError } from './requests.js'
import { aborted } from './room.js'
import type { Dial } from './transport.js'

/** What a part counts for in the inbox; the hub sends small ones. */
const PART_BYTES = 16 * 1024
const TIMEOUT = 30_000

/**
 * A request on a connection of its own: whoever takes the parts slowly makes the hub wait with the next
 * one, and nobody else; leaving the loop calls the request off.
 */
export async function* requestParts(
  dial: Dial,
  hello: Omit<Hello, 'version'>,
  request: { method: string; params?: Record<string, unknown> },
  { signal, timeout = TIMEOUT }: RequestOptions,
): AsyncGenerator<unknown> {
  const parts = new Parts()
  const abort = (): void => parts.fail(aborted(signal as AbortSignal))
  const link = await Link.open(dial, hello, parts, signal)
  signal?.addEventListener('abort', abort, { once: true })
  try {
    parts.link = link
    link.send('request', { id: 1, ...request })
    for (;;) {
      const late = setTimeout(() => parts.fail(new TocsinError('TCN_CLIENT_TIMEOUT')), timeout)
      const part = await parts.inbox.next().finally(() => clearTimeout(late))
      if (part === undefined) return
      yield part.value
    }
  } finally {
    signal?.removeEventListener('abort', abort)
    link.close()
  }
}

class Parts implements LinkUser {
  link: Link | undefined
  readonly inbox = new Inbox<{ value: unknown }>({
    sizeOf: () => PART_BYTES,
    onFull: () => this.link?.pause(),
    onLow: () => this.link?.resume(),
  })

  onEvents(): void {}

  onRecord(record: ControlRecord): void {
    if (record.name === 'reply') this.#take(record.body)
  }

  onLost(loss: Loss): void {
    this.fail(lossError(loss))
  }

  fail(error: TocsinError): void {
    this.inbox.end(error)
  }

  #take({ result, more, error }: Reply): void {
    if (error === undefined) this.inbox.put({ value: result })
    if (error !== undefined) this.fail(replyError(error))
    else if (!more) this.inbox.end()
  }
}
