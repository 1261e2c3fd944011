import { type HubAddress, parseUrlAddress, showAddress } from './address.js'
import type { Dial } from './transport.js'

/** Goes to the hub that another one has named; if that is not possible, to one of its own. */
export function dialAnnounced(
  own: Dial,
  addresses: readonly HubAddress[],
  dialOf: (address: HubAddress) => Dial,
): Dial {
  return async (events, signal, elsewhere) => {
    const address = announced(elsewhere, addresses)
    if (address !== undefined) {
      try {
        return await dialOf(address)(events, signal)
      } catch {
        // It may have died since; the others will know.
      }
    }
    return own(events, signal, elsewhere)
  }
}

/** Returns undefined for an address that is not valid, or over which the token might be overheard and was not so far. */
function announced(text: unknown, addresses: readonly HubAddress[]): HubAddress | undefined {
  if (typeof text !== 'string') return undefined
  const known = addresses.find((address) => text === showAddress(address))
  if (known !== undefined) return known
  try {
    const address = parseUrlAddress(text)
    const mayFollow = address !== undefined && (isSecret(address) || addresses.some(isOpen))
    return mayFollow ? address : undefined
  } catch {
    return undefined
  }
}

function isSecret(address: HubAddress): boolean {
  return address.kind === 'tls' || (address.kind === 'web-socket' && address.url.startsWith('wss:'))
}

function isOpen(address: HubAddress): boolean {
  return address.kind !== 'unix' && !isSecret(address)
}
