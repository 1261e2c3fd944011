import { TocsinError } from '../errors/tocsin-error.js'
import type { Client, ConnectOptions } from './api.js'
import { HubClient } from './client.js'
import { addressError, parseWebAddress } from './transport/address.js'
import { dialWithFailover } from './transport/failover.js'
import type { Dial } from './transport/transport.js'
import { SUBPROTOCOL, type WebSocketLike, WebSocketTransport } from './transport/transport-web-socket.js'

/** The client for browsers: it uses WebSocket only, and no module of Node. */

export { type ErrorCode, TocsinError } from '../errors/tocsin-error.js'
export { type Cursor, formatCursor, isCursor, parseCursor } from '../event/cursor.js'
export { Event } from '../event/event.js'
export { Ext, SaltConstant, Timestamp } from '../event/msgpack/values.js'
export { formatTime } from '../event/position.js'
export type * from './api.js'

export interface BrowserConnectOptions extends Omit<ConnectOptions, 'tls' | 'address' | 'types' | 'wait'> {
  /** `wss://` or `https://host:port`, or several of them. Default: the origin of the page. */
  address?: string | readonly string[]
  /**
   * The type of an event that carries none, by its tag, for `event.type` and `event.is()`. Default: `tocsin.event`; the
   * browser's client knows no types itself, to stay small. The method `types.list` returns those of the hub.
   */
  typeOf?: (tag: string) => string
  /** Fetches a new one-use ticket for each connection, for a page that must not hold a token. */
  ticket?: () => string | Promise<string>
}

const DEFAULT_WINDOW = 8192
const DIAL_TIMEOUT_MS = 10_000

/**
 * Connects to a hub from a browser: the same as `connect` of the package `tocsin`, over WebSocket. Rejects with
 * `TCN_CLIENT_UNREACHABLE` if no hub answers at any address, `TCN_CLIENT_ADDRESS` for an address that is not a web
 * address, or the error with which the hub refuses.
 *
 * @example
 * const hub = await connect({ address: 'https://hub1:4580', token })
 * for await (const event of hub.subscribe('deploy/').events()) console.log(event.tag, event.data)
 */
export async function connect(options: BrowserConnectOptions | string = {}): Promise<Client> {
  const given = typeof options === 'string' ? { address: options } : options
  const { token, source, signal, onStatus, ticket } = given
  const { address = (globalThis as { location: { origin: string } }).location.origin } = given
  const addresses = typeof address === 'string' ? [address] : address
  return await new HubClient({
    dial: dialWithFailover(addresses.map((text) => webSocketDial(webAddress(text), ticket))),
    hello: { producer: given.producer ?? `p-${randomName()}`, token, name: given.name ?? 'browser' },
    reconnect: given.reconnect ?? true,
    window: Math.max(1, given.window ?? DEFAULT_WINDOW),
    ack: given.ack ?? 'accepted',
    source,
    typeOf: given.typeOf ?? (() => 'tocsin.event'),
    signal,
    onStatus,
  }).open()
}

function webAddress(text: string): string {
  const url = parseWebAddress(text)
  if (url === undefined) throw addressError('a browser connects to a hub at wss:// or https://')
  return url
}

function webSocketDial(url: string, ticket: BrowserConnectOptions['ticket']): Dial {
  return async (events, signal) => {
    const socket = new WebSocket(ticket === undefined ? url : withTicket(url, await ticket()), SUBPROTOCOL)
    socket.binaryType = 'arraybuffer'
    return await new Promise((resolve, reject) => {
      const giveUp = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', giveUp)
        socket.close()
        reject(new TocsinError('TCN_CLIENT_UNREACHABLE', `no hub answers at ${url}`))
      }
      const timer = setTimeout(giveUp, DIAL_TIMEOUT_MS)
      signal?.addEventListener('abort', giveUp, { once: true })
      socket.onclose = giveUp
      socket.onopen = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', giveUp)
        socket.onclose = null
        resolve(new WebSocketTransport(socket as WebSocketLike, events))
      }
    })
  }
}

function withTicket(url: string, ticket: string): string {
  const complete = new URL(url)
  complete.searchParams.set('ticket', ticket)
  return complete.href
}

/** A random name. `crypto.randomUUID` exists only on pages that were loaded securely. */
function randomName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
