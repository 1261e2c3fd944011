import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { acceptedCoding } from './negotiate.js'

/** A shorter answer fits into one packet or two. */
const MIN_BYTES = 1024
/** To copy a longer one for the thread that compresses it would hold up others. */
const MAX_BYTES = 2 * 1024 * 1024
/** Threads of the system that compress at a time, of the four that files need too; what comes meanwhile is sent plain. */
const MOST_AT_ONCE = 2
/** As fast as gzip, and smaller. */
const BROTLI_QUALITY = 4

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\b/

const compressors = {
  br: (bytes: Buffer) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gzip: (bytes: Buffer) => promisify(gzip)(bytes),
}
/** The best first. */
export const contentCodings = ['br', 'gzip'] as const
export type ContentCoding = (typeof contentCodings)[number]

export function compress(coding: ContentCoding, payload: string | Buffer): Promise<Buffer> {
  return compressors[coding](typeof payload === 'string' ? Buffer.from(payload) : payload)
}

/**
 * Makes an application compress answers of JSON that it has as a whole, for clients that accept it. What is written in
 * steps stays as it is.
 */
export function compressAnswers(app: FastifyInstance): void {
  let running = 0
  app.addHook('onSend', async ({ raw }, reply, payload: unknown) => {
    if (!isJson(reply) || !isLong(payload)) return payload
    varyByEncoding(reply)
    const coding = raw.method === 'HEAD' ? undefined : acceptedCoding(raw, contentCodings)
    if (coding === undefined || running === MOST_AT_ONCE) return payload
    running++
    try {
      const compressed = await compress(coding, payload)
      void reply.header('content-encoding', coding)
      return compressed
    } finally {
      running--
    }
  })
}

/** Says to caches, once, that the answer is another one for clients that accept other codings. */
export function varyByEncoding(reply: FastifyReply): void {
  const before = [reply.getHeader('vary') ?? []].flat().map(String)
  if (before.some((each) => /(?:^|[,\s])accept-encoding(?:$|[,\s])/i.test(each))) return
  void reply.header('vary', [...before, 'accept-encoding'].join(', '))
}

function isJson(reply: FastifyReply): boolean {
  return !reply.hasHeader('content-encoding') && JSON_TYPE.test(String(reply.getHeader('content-type')))
}

function isLong(payload: unknown): payload is string | Buffer {
  if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return false
  return payload.length > MIN_BYTES && payload.length <= MAX_BYTES
}
