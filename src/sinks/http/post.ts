import { type Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { Readable } from 'node:stream'
import { MAX_HEAD_BYTES } from '../../transport/answer-bounds.js'
import { expectAnswer } from '../../transport/guarded-agent.js'
import { lengthOf } from '../event-json.js'

/** Longest part of an answer that is read; the rest is not waited for. */
const MAX_ANSWER_BYTES = 4 * 1024
/** The same for one with an item for each event of a batch. */
const MAX_ITEMS_BYTES = 1024 * 1024
/** A chunk of an answer may have one byte, and six of its own. */
const MAX_ANSWER_BYTES_SENT = 8 * MAX_ITEMS_BYTES
const MULTI_STATUS = 207

export interface PostRequest {
  url: URL
  method: 'POST' | 'OPTIONS'
  headers: Readonly<Record<string, string>>
  body: readonly Uint8Array[]
  agent: HttpAgent
  signal: AbortSignal
}

export interface PostAnswer {
  status: number
  retryAfter: string | undefined
  location: string | undefined
  /** Its beginning. */
  body: Buffer
}

/** Sends a body. Rejects with the error of the connection, or the reason of the signal. */
export function post({ url, method, headers, body, agent, signal }: PostRequest): Promise<PostAnswer> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(signal.aborted ? signal.reason : error)
    const outgoing = request(url, {
      method,
      headers: { ...headers, 'Content-Length': String(lengthOf(body)) },
      agent,
      signal,
    })
    outgoing.on('error', failed)
    outgoing.on('socket', (socket) => expectAnswer(socket, MAX_HEAD_BYTES))
    outgoing.on('response', (response) => {
      expectAnswer(response.socket, MAX_ANSWER_BYTES_SENT)
      readStart(response).then((start) => resolve(answerOf(response, start)), failed)
    })
    if (body.length === 1) outgoing.end(body[0])
    else Readable.from(body).pipe(outgoing)
  })
}

function answerOf({ statusCode, headers }: IncomingMessage, body: Buffer): PostAnswer {
  return { status: statusCode ?? 0, retryAfter: headers['retry-after'], location: headers.location, body }
}

/** Reads an answer to its end, so that the connection can be used again, unless it is long. */
function readStart(response: IncomingMessage): Promise<Buffer> {
  const { statusCode, headers } = response
  const hasItems = statusCode === MULTI_STATUS || headers['content-type'] === 'application/problem+json'
  const most = hasItems ? MAX_ITEMS_BYTES : MAX_ANSWER_BYTES
  const pieces: Buffer[] = []
  let bytes = 0
  return new Promise((resolve, reject) => {
    const done = () => resolve(Buffer.concat(pieces))
    const take = (piece: Buffer) => {
      pieces.push(piece.subarray(0, most - bytes))
      bytes += piece.length
      if (bytes < most) return
      // The parser has more pieces of what it has read, however many that are.
      response.off('data', take)
      done()
      response.destroy()
    }
    response.on('data', take)
    response.on('end', done)
    response.on('error', reject)
  })
}
