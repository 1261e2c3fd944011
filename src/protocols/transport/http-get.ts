import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { ConnectionOptions } from 'node:tls'
import type { TlsClientConfig } from '../../config/values/tls-client.js'
import { codeOf, messageOf } from '../../errors/thrown.js'
import type { Runtime } from '../../event/runtime.js'
import { MAX_HEAD_BYTES } from '../../transport/answer-bounds.js'
import { expectAnswer, guardedAgent } from '../../transport/guarded-agent.js'
import { tlsOfFiles } from './tls-files.js'

interface GetRequest {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** For `https`. */
  readonly tls: ConnectionOptions
  readonly signal: AbortSignal
  readonly runtime: Runtime
}

/** The server answers with something other than what was asked for. */
export class RefusedRequest extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const KEEPALIVE_MS = 10_000

/** Resolves with the answer when its head has come. Redirects are not followed: they may lead to another server. */
function get({ url, headers, tls, signal, runtime }: GetRequest): Promise<IncomingMessage> {
  const isSecure = url.protocol === 'https:'
  const request = isSecure ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const failed = (error: Error) =>
      reject(signal.aborted ? signal.reason : new Error(messageOf(error) || codeOf(error)))
    const work = { face: 'source', what: 'http', principal: url.hostname }
    const agent = guardedAgent(isSecure, isSecure ? tls : {}, { runtime, work })
    const asked = request(url, { headers, agent, signal }, (answer) => {
      if (answer.statusCode === 200) {
        expectAnswer(answer.socket, Infinity)
        answer.socket.setKeepAlive(true, KEEPALIVE_MS)
        resolve(answer)
        return
      }
      reject(refusal(url, answer))
      answer.destroy()
    })
    asked.on('error', failed)
    asked.on('socket', (socket) => expectAnswer(socket, MAX_HEAD_BYTES))
    asked.end()
  })
}

function refusal({ pathname }: URL, { statusCode = 0, headers }: IncomingMessage): RefusedRequest {
  const said = `the server answers ${pathname} with HTTP ${statusCode}`
  const { location } = headers
  if (statusCode === 401 || statusCode === 403)
    return new RefusedRequest(statusCode, `${said}: it refuses the login`)
  if (statusCode > 300 && statusCode < 400 && location !== undefined)
    return new RefusedRequest(
      statusCode,
      `${said}: redirects are not followed; it leads to ${location.slice(0, 200)}`,
    )
  return new RefusedRequest(statusCode, said)
}

/** Rejects if the body has more bytes. */
export async function readBody(answer: IncomingMessage, longest: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of answer) {
    length += piece.length
    if (length > longest) throw new Error(`the answer has more than ${longest} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

/** The way to one server. */
export interface HttpServer {
  readonly runtime: Runtime
  /** Ends all requests. */
  readonly signal: AbortSignal
  /** The time that an answer may take, ms. */
  readonly timeout: number
  readonly tls: TlsClientConfig
  /** The login, as headers. */
  login(): Promise<Readonly<Record<string, string>>>
}

/** `use` may take as long as the answer, unless it returns the answer itself. */
export async function getInTime<Result>(
  { runtime, signal, timeout, tls, login }: HttpServer,
  { url, accept }: { url: URL; accept: string },
  use: (answer: IncomingMessage) => Promise<Result>,
): Promise<Result> {
  const late = new AbortController()
  const cancel = runtime.after(timeout, () =>
    late.abort(new Error(`the server did not answer within ${timeout / 1000} s`)),
  )
  try {
    const headers = { Accept: accept, 'User-Agent': 'tocsin', ...(await login()) }
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
    const settings = url.protocol === 'https:' ? await tlsOfFiles(tls, host) : {}
    const both = AbortSignal.any([signal, late.signal])
    return await use(await get({ url, headers, tls: settings, signal: both, runtime }))
  } finally {
    cancel()
  }
}
