import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { TocsinError } from '../event/errors.js'
import { type HubAddress, showAddress } from './address.js'
import type { TlsOptions } from './api.js'
import { isTrustFailure, isWithoutTls, tlsSettings } from './tls-options.js'
import type { Dial, Transport, TransportEvents } from './transport.js'

/** Who does not answer within this is taken for dead. ms */
export const DIAL_TIMEOUT = 10_000

type StreamAddress = Exclude<HubAddress, { kind: 'web-socket' }>

/** Connects over a unix socket, TCP or TLS. */
export function socketDial(address: StreamAddress, tls: TlsOptions = {}): Dial {
  return (events, signal) =>
    new Promise((resolve, reject) => {
      const socket = open(address, tls)
      const give = (why: Error): void => {
        done()
        socket.destroy()
        reject(dialError(address, why))
      }
      const timer = setTimeout(() => give(new Error('no answer in time')), DIAL_TIMEOUT)
      const abort = (): void => give(new Error('given up'))
      const ready = address.kind === 'tls' ? 'secureConnect' : 'connect'
      const connected = (): void => {
        done()
        resolve(new SocketTransport(socket, events))
      }
      const done = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
        socket.off('error', give).off(ready, connected)
        // What a socket says while it is destroyed is of no interest, but must not end the process.
        socket.on('error', () => {})
      }
      signal?.addEventListener('abort', abort, { once: true })
      socket.once('error', give).once(ready, connected)
    })
}

export function dialError(address: HubAddress, why: Error): TocsinError {
  const where = showAddress(address)
  if (isWithoutTls(why)) {
    return new TocsinError('TCN_CLIENT_NO_TLS', `what answers at ${where} speaks no TLS`, { cause: why })
  }
  if (isTrustFailure(why)) {
    return new TocsinError('TCN_CLIENT_TLS', `${where}: ${why.message}`, { cause: why })
  }
  return new TocsinError('TCN_CLIENT_UNREACHABLE', `no hub answers at ${where}: ${why.message}`, {
    cause: why,
  })
}

function open(address: StreamAddress, tls: TlsOptions): Socket {
  if (address.kind === 'unix') return connect(address.path)
  const { host, port, kind } = address
  const socket =
    kind === 'tcp' ? connect({ host, port }) : connectTls({ host, port, ...tlsSettings(tls, host) })
  return socket.setNoDelay(true).setKeepAlive(true, 60_000)
}

class SocketTransport implements Transport {
  readonly #socket: Socket

  constructor(socket: Socket, events: TransportEvents) {
    this.#socket = socket
    let failure: Error | undefined
    socket.on('data', (chunk) => events.received(chunk))
    socket.on('error', (error) => {
      failure = error
    })
    socket.on('close', () => events.closed(failure))
  }

  write(pieces: readonly Uint8Array[]): void {
    const socket = this.#socket
    if (!socket.writable) return
    if (pieces.length > 1) socket.cork()
    for (const piece of pieces) socket.write(piece)
    if (pieces.length > 1) socket.uncork()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    // What the hub still sends is not wanted; unread, it would keep the socket open.
    this.#socket.destroySoon()
  }
}
