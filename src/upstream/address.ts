import { addressError, type HubAddress, parseUrlAddress } from '../client/transport/address.js'
import { socketPath } from '../client/transport/socket-path.js'

/** Reads the address of a hub. Throws TCN_CLIENT_ADDRESS or TCN_CLIENT_PATH_TOO_LONG. */
export function readUpstreamAddress(text: string): HubAddress {
  const url = parseUrlAddress(text)
  if (url !== undefined) return url
  const path = socketPath(text)
  if (!path.startsWith('/')) throw addressError('the path of a socket must be absolute')
  return { kind: 'unix', path }
}
