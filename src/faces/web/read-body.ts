import type { IncomingMessage, ServerResponse } from 'node:http'
import { TocsinError } from '../../event/errors.js'
import { type HalfReceived, HeldBytes } from '../held-bytes.js'
import { type Receiving, receive } from './receive.js'

/** Throws TCN_HTTP_TOO_LARGE and TCN_HTTP_TIMEOUT. */
export async function readBody(
  request: IncomingMessage,
  receiving: Receiving,
  limit: number,
  held: HeldBytes,
): Promise<Buffer> {
  const tooLarge = () => new TocsinError('TCN_HTTP_TOO_LARGE', undefined, { details: { limit } })
  checkEncoding(request)
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge()
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of receive(request, receiving, { within: 'all' })) {
    bytes += chunk.length
    if (bytes > limit) throw tooLarge()
    if (!held.set(bytes)) throw tooMuchHeld()
    chunks.push(chunk)
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes)
}

/** For what is held of a request until it is answered. */
export function heldUntilAnswered(response: ServerResponse, shared: HalfReceived): HeldBytes {
  const held = new HeldBytes(shared)
  response.once('close', () => held.set(0))
  return held
}

export function tooMuchHeld(): TocsinError {
  return new TocsinError('TCN_HTTP_TOO_MANY', 'too much is half received')
}

export function mediaType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0].trim().toLowerCase()
}

/** Compressed bodies could be a thousand times larger than they look. */
export function checkEncoding({ headers }: IncomingMessage): void {
  const encoding = headers['content-encoding']
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return
  throw new TocsinError('TCN_HTTP_MEDIA_TYPE', 'compressed bodies are not taken', {
    details: { encoding: encoding.slice(0, 80) },
  })
}
