import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type ContentCoding, compress, contentCodings, varyByEncoding } from './compression.js'
import { acceptedCoding } from './negotiate.js'

/** JSON that clients may keep, with its tag. */
export class WebDocument {
  readonly text: string
  readonly etag: string

  constructor(text: string) {
    this.text = text
    const digest = createHash('sha256').update(text).digest('base64url').slice(0, 22)
    // Compressed, it has other bytes.
    this.etag = `W/"${digest}"`
  }
}

/** One that stays the same: it is compressed once, and not for each client. */
export class KeptDocument extends WebDocument {
  readonly #compressed = new Map<ContentCoding, Promise<Buffer>>()

  compressed(coding: ContentCoding): Promise<Buffer> {
    const known = this.#compressed.get(coding)
    if (known !== undefined) return known
    const made = compress(coding, this.text)
    this.#compressed.set(coding, made)
    // The next client asks again.
    made.catch(() => this.#compressed.delete(coding))
    return made
  }
}

/** Answers with a document, and only if the client has another one. */
export async function sendDocument(
  request: FastifyRequest,
  reply: FastifyReply,
  document: WebDocument,
): Promise<FastifyReply> {
  const { etag, text } = document
  void reply.headers({
    'cache-control': 'private, no-cache',
    'content-type': 'application/json; charset=utf-8',
    etag,
  })
  varyByEncoding(reply)
  if (hasAlready(request, etag)) return reply.code(304).send()
  const coding = acceptedCoding(request, contentCodings)
  if (coding === undefined || !(document instanceof KeptDocument)) return reply.send(text)
  return reply.header('content-encoding', coding).send(await document.compressed(coding))
}

/** Returns whether the client has what this tag belongs to. */
export function hasAlready({ headers }: FastifyRequest, etag: string): boolean {
  const known = headers['if-none-match']?.split(',').map((each) => opaque(each.trim())) ?? []
  return known.includes(opaque(etag))
}

function opaque(etag: string): string {
  return etag.replace(/^W\//, '')
}
