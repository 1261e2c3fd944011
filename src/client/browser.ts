import { TocsinError } from '../event/errors.js'
import type { Client, ConnectOptions } from './api.js'
import { HubClient } from './client.js'
import { dialInTurn } from './dial-in-turn.js'
import type { Dial } from './transport.js'
import { SUBPROTOCOL, type WebSocketLike, WebSocketTransport } from './transport-web-socket.js'
import { notRead, parseWebAddress } from './web-address.js'

/** The client for browsers: WebSocket only, and nothing of Node. */

export { type Cursor, formatCursor, isCursor, parseCursor } from '../event/cursor.js'
export { type ErrorCode, TocsinError } from '../event/errors.js'
export { Event } from '../event/event.js'
export { Ext, SaltConstant, Timestamp } from '../event/msgpack/values.js'
export { formatTime } from '../event/range.js'
export type * from './api.js'

export interface BrowserConnectOptions extends Omit<ConnectOptions, 'tls' | 'address'> {
  /** `wss://` or `https://host:port`, or several. Default: where the page comes from. */
  address?: string | readonly string[]
  /** Gives a fresh one-use ticket for each connection, where the page has no token. */
  ticket?: () => string | Promise<string>
}

const WINDOW = 8192
const DIAL_TIMEOUT = 10_000

/** As `connect` of the package itself. */
export async function connect(options: BrowserConnectOptions | string = {}): Promise<Client> {
  const given = typeof options === 'string' ? { address: options } : options
  const { token, source, signal, onStatus, ticket } = given
  const { address = (globalThis as unknown as { location: { origin: string } }).location.origin } = given
  const addresses = typeof address === 'string' ? [address] : address
  return await new HubClient({
    dial: dialInTurn(addresses.map((text) => webSocketDial(webAddress(text), ticket))),
    hello: { producer: given.producer ?? `p-${randomName()}`, token, name: given.name ?? 'browser' },
    reconnect: given.reconnect ?? true,
    window: Math.max(1, given.window ?? WINDOW),
    ack: given.ack ?? 'accepted',
    source,
    signal,
    onStatus,
  }).open()
}

function webAddress(text: string): string {
  const url = parseWebAddress(text)
  if (url === undefined) throw notRead('a browser reaches a hub at wss:// or https://')
  return url
}

function webSocketDial(url: string, ticket: BrowserConnectOptions['ticket']): Dial {
  return async (events, signal) => {
    const socket = new WebSocket(ticket === undefined ? url : withTicket(url, await ticket()), SUBPROTOCOL)
    socket.binaryType = 'arraybuffer'
    return await new Promise((resolve, reject) => {
      const give = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', give)
        socket.close()
        reject(new TocsinError('TCN_CLIENT_UNREACHABLE', `no hub answers at ${url}`))
      }
      const timer = setTimeout(give, DIAL_TIMEOUT)
      signal?.addEventListener('abort', give, { once: true })
      socket.onclose = give
      socket.onopen = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', give)
        socket.onclose = null
        resolve(new WebSocketTransport(socket as unknown as WebSocketLike, events))
      }
    })
  }
}

function withTicket(url: string, ticket: string): string {
  const complete = new URL(url)
  complete.searchParams.set('ticket', ticket)
  return complete.href
}

/** `randomUUID` is there on secure pages only. */
function randomName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
