import type { FilterInput } from '../protocols/native/protocol.js'
import type { Client, ConnectionStatus, SubscribeOptions, Subscription } from './api.js'
import { webSocketDial } from './browser-setup.js'
import { HubReader } from './reader.js'

/** The client for pages that do not publish over their connection, such as those of the console. */

export { TocsinError } from '../errors/tocsin-error.js'
export { formatCursor, parseCursor } from '../event/cursor.js'
export { Event } from '../event/event.js'
export { formatTime } from '../event/position.js'
export type { Status } from './api.js'

/** A reader of whole batches that acknowledges nothing needs no more of a subscription. */
export type Batches = Pick<Subscription, 'batches' | 'close'>

export interface PageClient extends Pick<Client, 'welcome' | 'request' | 'requestParts' | 'close'> {
  subscribe(filter?: FilterInput, options?: SubscribeOptions): Batches
}

export interface ReaderOptions {
  name: string
  /** Fetches a new one-use ticket for each connection. */
  ticket(): Promise<string>
  onStatus(status: ConnectionStatus): void
}

declare const location: { readonly origin: string }

/** Connects to the hub that the page is from. Rejects as `connect` in `browser.ts`. */
export async function connect({ name, ticket, onStatus }: ReaderOptions): Promise<PageClient> {
  const url = `${location.origin.replace(/^http/, 'ws')}/v1/ws`
  const dial = webSocketDial(url, ticket)
  return await new HubReader({
    dial,
    hello: { name },
    reconnect: true,
    typeOf: () => 'tocsin.event',
    onStatus,
  }).open()
}
