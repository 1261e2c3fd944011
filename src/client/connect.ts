import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { TocsinError } from '../event/errors.js'
import { type HubAddress, parseUrlAddress, splitAddresses } from './address.js'
import type { Client, ConnectOptions, TlsOptions } from './api.js'
import { HubClient } from './client.js'
import { dialInTurn } from './dial-in-turn.js'
import { webSocketDial } from './dial-web-socket.js'
import { socketEnvironment } from './socket-environment.js'
import { findSocket, type SocketEnvironment } from './socket-path.js'
import type { Dial } from './transport.js'
import { socketDial } from './transport-socket.js'

const WINDOW = 8192

/**
 * Connects to a hub: at an address, at the first of several that answers, or at the usual places. Rejects
 * with TCN_CLIENT_UNREACHABLE when no hub is there, or with the error by which it refuses.
 */
export async function connect(options: ConnectOptions | string = {}): Promise<Client> {
  const given = typeof options === 'string' ? { address: options } : options
  const { producer, source, signal, onStatus } = given
  const environment = socketEnvironment()
  const token = (given.token ?? environment.variables.TOCSIN_TOKEN) || undefined
  const tls = withAuthority(given.tls ?? {}, environment)
  const addresses = findHubs(given.address, environment)
  return await new HubClient({
    dial: dialInTurn(addresses.map((address) => dialOf(address, token, tls))),
    hello: { producer: producer ?? `p-${randomUUID()}`, token, name: given.name ?? ownName() },
    reconnect: given.reconnect ?? true,
    window: Math.max(1, given.window ?? WINDOW),
    ack: given.ack ?? 'accepted',
    source,
    signal,
    onStatus,
  }).open()
}

/** Where hubs may be: as given, else as `TOCSIN_URL` says, else the socket at the usual places. */
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
    throw new TocsinError('TCN_FILE_UNREADABLE', `TOCSIN_CA: ${(error as Error).message}`, { cause: error })
  }
}

/** What people look for when they want to know who that is. */
function ownName(): string {
  const program = basename(process.argv[1] ?? process.argv0, '.js')
  return `${program.replace(/\p{Cc}/gu, '').slice(0, 100)}[${process.pid}]`
}
