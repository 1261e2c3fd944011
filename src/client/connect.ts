import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import type { Client, ConnectOptions } from './api.js'
import { HubClient } from './client.js'
import { socketEnvironment } from './socket-environment.js'
import { findSocket } from './socket-path.js'
import { unixDial } from './transport-unix.js'

const WINDOW = 8192

/**
 * Connects to a hub: at an address, or at the usual places. Rejects with TCN_CLIENT_UNREACHABLE when no
 * hub is there, or with the error by which it refuses.
 */
export async function connect(options: ConnectOptions | string = {}): Promise<Client> {
  const given = typeof options === 'string' ? { address: options } : options
  const { producer, source, token, signal, onStatus } = given
  const path = findSocket(given.address, socketEnvironment())
  return await new HubClient({
    dial: unixDial(path),
    hello: { producer: producer ?? `p-${randomUUID()}`, token, name: given.name ?? ownName() },
    reconnect: given.reconnect ?? true,
    window: Math.max(1, given.window ?? WINDOW),
    ack: given.ack ?? 'accepted',
    source,
    signal,
    onStatus,
  }).open()
}

/** What people look for when they want to know who that is. */
function ownName(): string {
  const program = basename(process.argv[1] ?? process.argv0, '.js')
  return `${program.replace(/\p{Cc}/gu, '').slice(0, 100)}[${process.pid}]`
}
