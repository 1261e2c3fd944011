import { isIPv4, isIPv6 } from 'node:net'
import { isHostLittleEndian as LITTLE } from '../notifications/platform.js'
import {
  AF_INET,
  isUint,
  readSocketAddress,
  type SocketAddress,
  writeSocketAddress,
} from '../notifications/socket-address.js'

export { LITTLE }

const SOCKADDR_IN_BYTES = 16
const SOCKADDR_IN6_BYTES = 28
/** RFC 6458 has no limit; a longer list is a mistake. */
const MAX_ADDRESSES = 256

/** `[host, port]` for both families; for IPv6 also with flow label and scope. */
export type Address = SocketAddress

/** A sockaddr of Linux, without the padding of a sockaddr_storage. Throws RangeError or TypeError. */
export function packAddress(address: Address): Uint8Array {
  const whole = normalised(address)
  const bytes = new Uint8Array(whole.length === 2 ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES)
  writeSocketAddress(new DataView(bytes.buffer), 0, whole, 'linux', LITTLE)
  return bytes
}

export function packAddresses(addresses: readonly Address[]): Uint8Array {
  if (addresses.length === 0 || addresses.length > MAX_ADDRESSES) {
    throw new RangeError(`1 to ${MAX_ADDRESSES} addresses are required`)
  }
  return Buffer.concat(addresses.map(packAddress))
}

export function unpackAddress(view: DataView, at = 0): Address {
  return readSocketAddress(view, at, 'linux', LITTLE)
}

/** Unpacks consecutive addresses, whose length depends on their family. */
export function unpackAddresses(view: DataView, at: number, count: number): Address[] {
  const addresses: Address[] = []
  let next = at
  for (let i = 0; i < count && next + SOCKADDR_IN_BYTES <= view.byteLength; i++) {
    const bytes = view.getUint16(next, LITTLE) === AF_INET ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES
    if (next + bytes > view.byteLength) break
    addresses.push(unpackAddress(view, next))
    next += bytes
  }
  return addresses
}

function normalised([host, port, flowinfo = 0, scopeId = 0]: Address): Address {
  if (!isUint(port, 0xffff)) throw new RangeError(`${port} is not a port`)
  if (isIPv4(host)) return [host, port]
  if (!isIPv6(host) || host.includes('%')) throw new TypeError(`${JSON.stringify(host)} is not an IP address`)
  if (!isUint(flowinfo, 0xffff_ffff) || !isUint(scopeId, 0xffff_ffff)) {
    throw new RangeError('flow label and scope must be 32-bit whole numbers')
  }
  return [host, port, flowinfo, scopeId]
}
