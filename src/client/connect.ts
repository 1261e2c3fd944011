import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { messageOf } from '../errors/thrown.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { ownName } from '../protocols/native/own-name.js'
import type { Client, ConnectOptions, TlsOptions } from './api.js'
import { HubClient } from './client.js'
import { type HubAddress, parseUrlAddress, splitAddresses } from './transport/address.js'
import { dialAnnounced } from './transport/announced-hub.js'
import { webSocketDial } from './transport/dial-web-socket.js'
import { dialWithFailover } from './transport/failover.js'
import { findSocket, type SocketEnvironment, socketEnvironment } from './transport/socket-path.js'
import type { Dial } from './transport/transport.js'
import { socketDial } from './transport/transport-socket.js'
import { typeOfTag } from './type-of-tag.js'
import { waitForHub } from './wait-for-hub.js'

const DEFAULT_WINDOW = 8192

/**
 * Connects to a hub: at the given address, at the first of several addresses that answers, or at the address in
 * `TOCSIN_URL`, or at the socket that a hub creates by default.
 *
 * Rejects with `TCN_CLIENT_UNREACHABLE` if no hub answers (with the option `wait`: in this time), `TCN_CLIENT_SOCKET_DENIED` if its socket belongs to
 * another user, `TCN_CLIENT_TIMEOUT` if the hub does not greet within
 * 10 seconds, `TCN_CLIENT_ADDRESS` or `TCN_CLIENT_PATH_TOO_LONG` for an address that is not valid, `TCN_CLIENT_TLS` or `TCN_CLIENT_NO_TLS` if no trusted
 * TLS connection can be made, `TCN_ACCESS_NO_TOKEN`, `TCN_ACCESS_TOKEN` or `TCN_ACCESS_DENIED` if the hub refuses the client, and
 * `TCN_CLIENT_ABORTED` when the signal fires. Once connected, the client reconnects by itself.
 *
 * @example
 * const hub = await connect({ address: 'tls://hub1:4581', token: process.env.TOKEN, name: 'deploy' })
 * await hub.publish('deploy/web1/started', { version: '2.4.1' })
 * await hub.close()
 */
export async function connect(options: ConnectOptions | string = {}): Promise<Client> {
  const given = typeof options === 'string' ? { address: options } : options
  const { producer, source, signal, onStatus } = given
  const environment = socketEnvironment()
  const token = (given.token ?? environment.variables.TOCSIN_TOKEN) || undefined
  const tls = withAuthority(given.tls ?? {}, environment)
  const open = () => {
    // Searched at each attempt, since a hub that starts meanwhile makes its socket.
    const addresses = findHubs(given.address, environment)
    const dialTo = (address: HubAddress) => dialOf(address, token, tls)
    return new HubClient({
      dial: dialAnnounced(dialWithFailover(addresses.map(dialTo)), addresses, dialTo),
      hello: { producer: producer ?? `p-${randomUUID()}`, token, name: given.name ?? ownName() },
      reconnect: given.reconnect ?? true,
      window: Math.max(1, given.window ?? DEFAULT_WINDOW),
      ack: given.ack ?? 'accepted',
      source,
      typeOf: typeOfTag(given.types),
      signal,
      onStatus,
    }).open()
  }
  return await waitForHub(open, given)
}

/** The addresses to try, in this order: those given, otherwise `TOCSIN_URL`, otherwise the default sockets. */
export function findHubs(
  given: string | readonly string[] | undefined,
  environment: SocketEnvironment,
): HubAddress[] {
  const named = given ?? (environment.variables.TOCSIN_URL || undefined)
  if (named === undefined) return [{ kind: 'unix', path: findSocket(undefined, environment) }]
  return splitAddresses(named).map(
    (text) => parseUrlAddress(text) ?? { kind: 'unix', path: findSocket(text, environment) },
  )
}

function dialOf(address: HubAddress, token: string | undefined, tls: TlsOptions): Dial {
  return address.kind === 'web-socket' ? webSocketDial(address, { token, tls }) : socketDial(address, tls)
}

function withAuthority(tls: TlsOptions, { variables }: SocketEnvironment): TlsOptions {
  const file = variables.TOCSIN_CA
  if (tls.ca !== undefined || !file) return tls
  try {
    return { ...tls, ca: readFileSync(file) }
  } catch (error) {
    throw new TocsinError('TCN_FILE_UNREADABLE', `TOCSIN_CA: ${messageOf(error)}`, { cause: error })
  }
}
