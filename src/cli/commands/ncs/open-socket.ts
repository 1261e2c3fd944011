import { findHubs } from '../../../client/connect.js'
import type { HubAddress } from '../../../client/transport/address.js'
import { socketEnvironment } from '../../../client/transport/socket-path.js'
import { dialError } from '../../../client/transport/transport-socket.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { NotificationSocket } from '../../../protocols/ncs/client/notification-socket.js'
import { AF_INET, AF_INET6, AF_UNIX } from '../../../protocols/ncs/constants/address-families.js'
import type { NcsModule } from '../../../protocols/ncs/notifications/read.js'
import type { TlsOptions } from '../../../protocols/transport/tls-options.js'
import type { HubOptions } from '../../help/options.js'
import { ownName } from '../../hub/connect.js'
import { targetOf } from '../../hub/context.js'
import type { Io } from '../../io.js'
import { readText } from '../../terminal/input.js'
import type { NotificationRequest } from './watch-request.js'

const USUAL_TIMEOUT = 30_000

type SocketAddress = Exclude<HubAddress, { kind: 'web-socket' }>

/** Opens notification sockets at the hub that the options of a command name. */
export class SocketOpener {
  readonly #addresses: readonly SocketAddress[]
  readonly #token: string | undefined
  readonly #tls: TlsOptions
  readonly #timeout: number

  private constructor(
    addresses: readonly SocketAddress[],
    token: string | undefined,
    tls: TlsOptions,
    timeout: number,
  ) {
    this.#addresses = addresses
    this.#token = token
    this.#tls = tls
    this.#timeout = timeout
  }

  /** Throws TCN_USAGE for an address at which there are no notification sockets. */
  static async for(io: Io, options: HubOptions): Promise<SocketOpener> {
    const { address, token, tls } = await targetOf(io, options)
    const found = findHubs(address, { ...socketEnvironment(), variables: io.env })
    const addresses = found.filter((each): each is SocketAddress => each.kind !== 'web-socket')
    if (addresses.length === 0)
      throw new TocsinError(
        'TCN_USAGE',
        'notification sockets need a Unix socket, tcp:// or tls://: give --socket or --url with one of these',
      )
    const authority = io.env.TOCSIN_CA ? { ca: await readText(io, io.env.TOCSIN_CA) } : {}
    const own = token ?? (io.env.TOCSIN_TOKEN || undefined)
    return new SocketOpener(addresses, own, tls ?? authority, options.timeout ?? USUAL_TIMEOUT)
  }

  /** Resolves with a connected socket at the first address that answers. Rejects as a client of the hub does. */
  async open(
    request: NotificationRequest,
    module: NcsModule,
    signal: AbortSignal,
  ): Promise<NotificationSocket> {
    let failure: unknown
    for (const address of this.#addresses) {
      try {
        return await this.#openAt(address, request, module, signal)
      } catch (error) {
        failure = error
        if (!isUnreachable(error)) break
      }
    }
    throw failure
  }

  async #openAt(
    address: SocketAddress,
    { mask, ...more }: NotificationRequest,
    module: NcsModule,
    signal: AbortSignal,
  ): Promise<NotificationSocket> {
    signal.throwIfAborted()
    const at = { ...placeOf(address, this.#tls), name: ownName(), token: this.#token }
    const socket = new NotificationSocket(familyOf(address), module)
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      socket.close()
    }, this.#timeout)
    const abort = () => socket.close()
    signal.addEventListener('abort', abort, { once: true })
    try {
      await socket.connect(mask, at, more)
      return socket
    } catch (error) {
      signal.throwIfAborted()
      if (isLate) throw new TocsinError('TCN_CLIENT_TIMEOUT', 'the hub did not answer in time')
      throw error instanceof Error && error.cause instanceof Error ? dialError(address, error.cause) : error
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
  }
}

/** Returns whether another attempt may succeed. */
export function isUnreachable(error: unknown): boolean {
  return (
    TocsinError.is(error) &&
    ['TCN_CLIENT_UNREACHABLE', 'TCN_CLIENT_TIMEOUT', 'TCN_NCS_CLOSED', 'TCN_NCS_CONNECT'].includes(error.code)
  )
}

function familyOf(address: SocketAddress): number {
  if (address.kind === 'unix') return AF_UNIX
  return address.host.includes(':') ? AF_INET6 : AF_INET
}

function placeOf(address: SocketAddress, tls: TlsOptions) {
  if (address.kind === 'unix') return { path: address.path }
  const { host: ip, port, kind } = address
  return { ip, port, ...(kind === 'tls' && { tls }) }
}
