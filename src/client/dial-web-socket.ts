import WebSocket from 'ws'
import { catalogue, type ErrorCode, TocsinError } from '../event/errors.js'
import { LARGEST_FRAME_BYTES } from '../event/frame.js'
import type { HubAddress } from './address.js'
import type { TlsOptions } from './api.js'
import { tlsSettings } from './tls-options.js'
import type { Dial } from './transport.js'
import { DIAL_TIMEOUT, dialError } from './transport-socket.js'
import { SUBPROTOCOL, type WebSocketLike, WebSocketTransport } from './transport-web-socket.js'

type WebSocketAddress = Extract<HubAddress, { kind: 'web-socket' }>

export interface WebSocketDialOptions {
  token?: string
  tls?: TlsOptions
}

/** Connects by WebSocket in Node, where a token travels in a header. */
export function webSocketDial(address: WebSocketAddress, { token, tls = {} }: WebSocketDialOptions): Dial {
  if (token !== undefined && !/^[\x21-\x7e]*$/.test(token)) {
    throw new TocsinError('TCN_ACCESS_TOKEN', 'there are characters in the token that no token has')
  }
  const { hostname, protocol } = new URL(address.url)
  const secure = protocol === 'wss:' ? tlsSettings(tls, hostname.replace(/^\[(.*)\]$/, '$1')) : {}
  return (events, signal) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(address.url, SUBPROTOCOL, {
        ...secure,
        perMessageDeflate: false,
        handshakeTimeout: DIAL_TIMEOUT,
        maxPayload: 2 * LARGEST_FRAME_BYTES,
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
        // The end of the socket is an error too, and says less.
        socket.off('error', failed).on('error', () => {})
        refusal(address, response).then(reject, reject)
        response.once('close', () => socket.terminate())
      })
      socket.once('open', () => {
        signal?.removeEventListener('abort', abort)
        resolve(new WebSocketTransport(socket as unknown as WebSocketLike, events))
      })
    })
}

/** The hub answers in HTTP that it does not want us, with the code of the error in the body. */
async function refusal(
  address: WebSocketAddress,
  response: import('node:http').IncomingMessage,
): Promise<TocsinError> {
  const { statusCode = 0 } = response
  const { code, detail } = problemIn(await readSome(response))
  // It may take us later.
  const isPassing = statusCode >= 500
  if (code !== undefined && !isPassing) return new TocsinError(code, detail)
  if (statusCode === 401) return new TocsinError('TCN_ACCESS_TOKEN')
  if (statusCode === 403) return new TocsinError('TCN_ACCESS_DENIED', detail)
  return dialError(address, new Error(`it answered with HTTP ${statusCode} ${detail ?? ''}`.trim()))
}

const MOST_OF_AN_ANSWER = 4096

async function readSome(response: AsyncIterable<Buffer>): Promise<string> {
  let text = ''
  try {
    for await (const chunk of response) {
      text += chunk.toString()
      if (text.length > MOST_OF_AN_ANSWER) break
    }
  } catch {
    // What has come is enough.
  }
  return text
}

const LONGEST_DETAIL = 300

/** Whoever answers may not be a hub. */
function problemIn(text: string): { code?: ErrorCode; detail?: string } {
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown }
    return {
      ...(typeof code === 'string' && Object.hasOwn(catalogue, code) ? { code: code as ErrorCode } : {}),
      ...(typeof detail === 'string' ? { detail: detail.slice(0, LONGEST_DETAIL) } : {}),
    }
  } catch {
    return {}
  }
}
