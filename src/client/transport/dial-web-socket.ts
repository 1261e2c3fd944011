import type { ClientRequest } from 'node:http'
import { isErrorCode } from '../../errors/known-code.js'
import { type ErrorCode, TocsinError } from '../../errors/tocsin-error.js'
import { MAX_FRAME_BYTES } from '../../event/frame.js'
import { asFields } from '../../event/json/object.js'
import { type TlsOptions, tlsSettings } from '../../protocols/transport/tls-options.js'
import { EXCESS, MAX_HEAD_BYTES } from '../../transport/answer-bounds.js'
import type { HubAddress } from './address.js'
import type { Dial } from './transport.js'
import { DIAL_TIMEOUT_MS, dialError } from './transport-socket.js'
import { SUBPROTOCOL, type WebSocketLike, WebSocketTransport } from './transport-web-socket.js'

type WebSocketAddress = Extract<HubAddress, { kind: 'web-socket' }>

export interface WebSocketDialOptions {
  token?: string
  tls?: TlsOptions
}

/** Connects with a WebSocket in Node, which can send the token in a header. */
export function webSocketDial(address: WebSocketAddress, { token, tls = {} }: WebSocketDialOptions): Dial {
  if (token !== undefined && !/^[\x21-\x7e]*$/.test(token)) {
    throw new TocsinError('TCN_ACCESS_TOKEN', 'the token contains characters that are not allowed in a token')
  }
  const { hostname, protocol } = new URL(address.url)
  const secure = protocol === 'wss:' ? tlsSettings(tls, hostname.replace(/^\[(.*)\]$/, '$1')) : {}
  return async (events, signal) => {
    // Most programs reach their hub in another way and do not wait for this import.
    const { default: WebSocket } = await import('ws')
    signal?.throwIfAborted()
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(address.url, SUBPROTOCOL, {
        ...secure,
        perMessageDeflate: false,
        handshakeTimeout: DIAL_TIMEOUT_MS,
        maxPayload: 2 * MAX_FRAME_BYTES,
        finishRequest: boundAnswer,
        ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
      })
      const abort = (): void => socket.terminate()
      signal?.addEventListener('abort', abort, { once: true })
      const failed = (error: Error): void => {
        signal?.removeEventListener('abort', abort)
        reject(dialError(address, error))
      }
      socket.on('error', failed)
      socket.once('unexpected-response', (_request, response) => {
        signal?.removeEventListener('abort', abort)
        // Closing the socket raises another error, which says less than the response.
        socket.off('error', failed).on('error', () => {})
        refusalError(address, response).then(reject, reject)
        response.once('close', () => socket.terminate())
      })
      socket.once('open', () => {
        signal?.removeEventListener('abort', abort)
        resolve(new WebSocketTransport(socket as WebSocketLike, events))
      })
    })
  }
}

/** Until the socket is open, no more may come than an answer has: HTTP lets a server send any number of lines before it. */
function boundAnswer(request: ClientRequest): void {
  request.once('socket', (connection) => {
    const check = () => {
      if (connection.bytesRead > MAX_HEAD_BYTES) connection.destroy(new Error(EXCESS))
    }
    connection.on('data', check)
    request.once('upgrade', () => void connection.off('data', check))
  })
  request.end()
}

/** The error in an HTTP response that refuses the WebSocket. A hub puts its code into the body. */
async function refusalError(
  address: WebSocketAddress,
  response: import('node:http').IncomingMessage,
): Promise<TocsinError> {
  const { statusCode = 0 } = response
  const { code, detail } = problemIn(await readSome(response))
  // A server error is transient: the hub may accept the client later.
  if (code !== undefined && statusCode < 500) return new TocsinError(code, detail)
  if (statusCode === 401) return new TocsinError('TCN_ACCESS_TOKEN')
  if (statusCode === 403) return new TocsinError('TCN_ACCESS_DENIED', detail)
  return dialError(address, new Error(`it answered with HTTP ${statusCode} ${detail ?? ''}`.trim()))
}

const MAX_ANSWER_BYTES = 4096

async function readSome(response: AsyncIterable<Buffer>): Promise<string> {
  let text = ''
  try {
    for await (const chunk of response) {
      text += chunk.toString()
      if (text.length > MAX_ANSWER_BYTES) break
    }
  } catch {
    // The part received so far is enough.
  }
  return text
}

const MAX_DETAIL_LENGTH = 300

/** Reads problem details (RFC 9457). The response may come from a server that is not a hub. */
function problemIn(text: string): { code?: ErrorCode; detail?: string } {
  try {
    const { code, detail } = asFields(JSON.parse(text))
    return {
      ...(isErrorCode(code) ? { code } : {}),
      ...(typeof detail === 'string' ? { detail: detail.slice(0, MAX_DETAIL_LENGTH) } : {}),
    }
  } catch {
    return {}
  }
}
