import WebSocket from 'ws'
import { TocsinError } from '../event/errors.js'
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
  const text = await readSome(response)
  if (statusCode === 401) return new TocsinError('TCN_ACCESS_TOKEN')
  if (statusCode === 403) return new TocsinError('TCN_ACCESS_DENIED', detailOf(text))
  return dialError(address, new Error(`it answered with HTTP ${statusCode} ${detailOf(text) ?? ''}`.trim()))
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

function detailOf(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown }
    return typeof detail === 'string' ? detail.slice(0, 300) : undefined
  } catch {
    return undefined
  }
}
