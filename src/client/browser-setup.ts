import { TocsinError } from '../errors/tocsin-error.js'
import type { ConnectOptions } from './api.js'
import type { ReaderSetup } from './reader.js'
import { addressError, parseWebAddress } from './transport/address.js'
import { dialWithFailover } from './transport/failover.js'
import type { Dial } from './transport/transport.js'
import { SUBPROTOCOL, type WebSocketLike, WebSocketTransport } from './transport/transport-web-socket.js'

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

const DIAL_TIMEOUT_MS = 10_000

/** Everything that each client in a browser needs. Throws TCN_CLIENT_ADDRESS. */
export function browserSetup(given: BrowserConnectOptions): ReaderSetup {
  const { token, producer, signal, onStatus, ticket } = given
  const { address = (globalThis as { location: { origin: string } }).location.origin } = given
  const addresses = typeof address === 'string' ? [address] : address
  return {
    dial: dialWithFailover(addresses.map((text) => webSocketDial(webAddress(text), ticket))),
    hello: { producer, token, name: given.name ?? 'browser' },
    reconnect: given.reconnect ?? true,
    typeOf: given.typeOf ?? (() => 'tocsin.event'),
    signal,
    onStatus,
  }
}

function webAddress(text: string): string {
  const url = parseWebAddress(text)
  if (url === undefined) throw addressError('a browser connects to a hub at wss:// or https://')
  return url
}

/** Connects to this address, each time with a new ticket if it takes tickets. */
export function webSocketDial(url: string, ticket: BrowserConnectOptions['ticket']): Dial {
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
