import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Answers with JSON that clients may keep, and only if they have another one. */
export function sendDocument(request: FastifyRequest, reply: FastifyReply, text: string): FastifyReply {
  const digest = createHash('sha256').update(text).digest('base64url').slice(0, 22)
  // Compressed, it has other bytes.
  const etag = `W/"${digest}"`
  void reply.headers({
    'cache-control': 'private, no-cache',
    'content-type': 'application/json; charset=utf-8',
    etag,
  })
  return hasAlready(request, etag) ? reply.code(304).send() : reply.send(text)
}

/** Returns whether the client has what this tag belongs to. */
export function hasAlready({ headers }: FastifyRequest, etag: string): boolean {
  const known = headers['if-none-match']?.split(',').map((each) => opaque(each.trim())) ?? []
  return known.includes(opaque(etag))
}

function opaque(etag: string): string {
  return etag.replace(/^W\//, '')
}
