import { STOP_MS } from '../../event/runtime.js'
import type { NatsLink } from './link.js'

/** Without a connection: the bus has waited for one before. */
const GONE_MS = 500

/** Time that work has to end which needs the servers, ms. */
export function stopTime({ isConnected }: Pick<NatsLink, 'isConnected'>): number {
  return isConnected ? STOP_MS : GONE_MS
}
