import type { Client } from './api.js'
import { type BrowserConnectOptions, browserSetup } from './browser-setup.js'
import { HubClient } from './client.js'

/** The client for browsers: it uses WebSocket only, and no module of Node. */

export { type ErrorCode, TocsinError } from '../errors/tocsin-error.js'
export { type Cursor, formatCursor, isCursor, parseCursor } from '../event/cursor.js'
export { Event } from '../event/event.js'
export { Ext, SaltConstant, Timestamp } from '../event/msgpack/values.js'
export { formatTime } from '../event/position.js'
export type * from './api.js'
export type { BrowserConnectOptions } from './browser-setup.js'

const DEFAULT_WINDOW = 8192

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
  return await new HubClient({
    ...browserSetup({ ...given, producer: given.producer ?? `p-${randomName()}` }),
    window: Math.max(1, given.window ?? DEFAULT_WINDOW),
    ack: given.ack ?? 'accepted',
    source: given.source,
  }).open()
}

/** A random name. `crypto.randomUUID` exists only on pages that were loaded securely. */
function randomName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
