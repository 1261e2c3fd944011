import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { codeOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import { type HalfReceived, HeldBytes } from '../shared/budget.js'
import { JoinedBytes } from './joined-bytes.js'

/** Reads a body as a whole. Throws TCN_HTTP_TOO_LARGE and TCN_HTTP_TIMEOUT. */
export async function readBody(
  request: IncomingMessage,
  receiving: Receiving,
  limit: number,
  held: HeldBytes,
): Promise<Buffer> {
  checkEncoding(request)
  return readWhole(request, receiving, limit, held)
}

/** The same for a body that may be compressed with gzip. The limit holds for it before and after. */
export async function readCompressedBody(
  request: IncomingMessage,
  receiving: Receiving,
  limit: number,
  held: HeldBytes,
): Promise<Buffer> {
  if (request.headers['content-encoding']?.toLowerCase() !== 'gzip')
    return readBody(request, receiving, limit, held)
  const compressed = await readWhole(request, receiving, limit, held)
  // It may become as long as the limit.
  if (!held.set(compressed.length + limit)) throw tooMuchHeld()
  const body = await decompressed(compressed, limit)
  held.set(body.length)
  return body
}

/** In a thread of the pool. */
async function decompressed(bytes: Buffer, limit: number): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: limit })
  } catch (thrown) {
    if (codeOf(thrown) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit)
    throw new TocsinError('TCN_HTTP_BODY', 'the body cannot be decompressed')
  }
}

function tooLarge(limit: number): TocsinError {
  return new TocsinError('TCN_HTTP_TOO_LARGE', undefined, { details: { limit } })
}

async function readWhole(
  request: IncomingMessage,
  receiving: Receiving,
  limit: number,
  held: HeldBytes,
): Promise<Buffer> {
  const expected = Number(request.headers['content-length'] ?? limit)
  if (expected > limit) throw tooLarge(limit)
  const body = new JoinedBytes(expected)
  for await (const piece of receive(request, receiving, { within: 'all' })) {
    const length = body.length + piece.length
    if (length > limit) throw tooLarge(limit)
    if (!held.set(length)) throw tooMuchHeld()
    body.add(piece)
  }
  return body.bytes
}

/** Counts the bytes of one request in the memory for half-received data, and releases them once it is answered. */
export function heldUntilAnswered(response: ServerResponse, shared: HalfReceived): HeldBytes {
  const held = new HeldBytes(shared)
  response.once('close', () => held.set(0))
  return held
}

export function tooMuchHeld(): TocsinError {
  return new TocsinError('TCN_HTTP_TOO_MANY', 'too much incomplete input is buffered')
}

export function mediaType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0].trim().toLowerCase()
}

/** Throws for compressed bodies, which could be a thousand times larger than they look. */
export function checkEncoding({ headers }: IncomingMessage): void {
  const encoding = headers['content-encoding']
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return
  throw new TocsinError('TCN_HTTP_MEDIA_TYPE', 'compressed bodies are not accepted', {
    details: { encoding: encoding.slice(0, 80) },
  })
}

/** Requests whose clients wait to be told that their body is wanted (`Expect: 100-continue`). */
const waiting = new WeakMap<IncomingMessage, ServerResponse>()

/** Asks for the body of this request only when it is read: one that is refused before that need not be sent. */
export function inviteOnReading(request: IncomingMessage, response: ServerResponse): void {
  waiting.set(request, response)
}

function invite(request: IncomingMessage): void {
  waiting.get(request)?.writeContinue()
  waiting.delete(request)
}

export interface Receiving {
  runtime: Runtime
  /** ms */
  limits: { requestTimeout: number }
}

export interface ReceiveOptions {
  /** The part that must arrive within the time limit: `all` of the body, or `each` piece of an unbounded body. */
  within: 'all' | 'each'
  /** Signals that stop the reading, with their reason. */
  signals?: readonly AbortSignal[]
}

/** Yields the body as it arrives. Throws TCN_HTTP_TIMEOUT, TCN_CLIENT_ABORTED, or the reason of a signal. */
export async function* receive(
  request: IncomingMessage,
  { runtime, limits }: Receiving,
  { within, signals = [] }: ReceiveOptions,
): AsyncGenerator<Buffer> {
  invite(request)
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
  throw new TocsinError('TCN_CLIENT_ABORTED', 'the connection was closed in the middle of the body')
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

  /** Resolves with the work, or rejects when a signal stops it. `Promise.race` would keep every piece until the end. */
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
