import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { codeOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import {
  isTrustFailure,
  isWithoutTls,
  type TlsOptions,
  tlsSettings,
} from '../../protocols/transport/tls-options.js'
import { type HubAddress, showAddress } from './address.js'
import { deniedSocket } from './denied-socket.js'
import type { Dial, Transport, TransportEvents } from './transport.js'

/** A peer that does not answer within this time counts as unreachable. */
export const DIAL_TIMEOUT_MS = 10_000
/** Time that the hub may take to read the last records of a connection that ends. */
const END_TIMEOUT_MS = 5_000

type StreamAddress = Exclude<HubAddress, { kind: 'web-socket' }>

/** Connects over a unix socket, TCP or TLS. */
export function socketDial(address: StreamAddress, tls: TlsOptions = {}): Dial {
  return (events, signal) =>
    new Promise((resolve, reject) => {
      const socket = open(address, tls)
      const giveUp = (why: Error): void => {
        done()
        socket.destroy()
        reject(dialError(address, why))
      }
      const timer = setTimeout(() => giveUp(new Error('no answer before the timeout')), DIAL_TIMEOUT_MS)
      const abort = (): void => giveUp(new Error('the attempt was aborted'))
      const ready = address.kind === 'tls' ? 'secureConnect' : 'connect'
      const connected = (): void => {
        done()
        resolve(new SocketTransport(socket, events))
      }
      const done = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
        socket.off('error', giveUp).off(ready, connected)
        // An error of a socket that is being destroyed must not end the process.
        socket.on('error', () => {})
      }
      signal?.addEventListener('abort', abort, { once: true })
      socket.once('error', giveUp).once(ready, connected)
    })
}

export function dialError(address: HubAddress, why: Error): TocsinError {
  const code = codeOf(why)
  if (address.kind === 'unix' && (code === 'EACCES' || code === 'EPERM')) {
    return deniedSocket(address.path, why)
  }
  const where = showAddress(address)
  if (isWithoutTls(why)) {
    return new TocsinError('TCN_CLIENT_NO_TLS', `the peer at ${where} does not speak TLS`, { cause: why })
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

  get pending(): number {
    return this.#socket.writableLength
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    const socket = this.#socket
    // A socket closed while the hub writes to it fails at the hub, which then loses the input it has not read yet.
    socket.end()
    socket.resume()
    const timer = setTimeout(() => socket.destroy(), END_TIMEOUT_MS)
    socket.once('close', () => clearTimeout(timer))
  }
}
