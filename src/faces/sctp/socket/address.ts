import { isIPv4, isIPv6 } from 'node:net'
import { endianness } from 'node:os'
import { readSocketAddress, type SocketAddress, writeSocketAddress } from '../socket-address.js'

export const LITTLE = endianness() === 'LE'

const AF_INET = 2
const SOCKADDR_IN_BYTES = 16
const SOCKADDR_IN6_BYTES = 28
/** RFC 6458 has no limit; more than this is a mistake. */
const MOST_ADDRESSES = 256

/** `[host, port]` of both families; IPv6 also with flow label and scope. */
export type Address = SocketAddress

/** As a sockaddr of Linux, without what follows it in a sockaddr_storage. */
export function packAddress(address: Address): Uint8Array {
  const whole = normalised(address)
  const bytes = new Uint8Array(whole.length === 2 ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES)
  writeSocketAddress(new DataView(bytes.buffer), 0, whole, 'linux', LITTLE)
  return bytes
}

export function packAddresses(addresses: readonly Address[]): Uint8Array {
  if (addresses.length === 0 || addresses.length > MOST_ADDRESSES) {
    throw new RangeError(`1 to ${MOST_ADDRESSES} addresses are needed`)
  }
  return Buffer.concat(addresses.map(packAddress))
}

export function unpackAddress(view: DataView, at = 0): Address {
  return readSocketAddress(view, at, 'linux', LITTLE)
}

/** Addresses that follow each other, each as long as its family. */
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
  if (!isUint(port, 0xffff)) throw new RangeError(`${port} is no port`)
  if (isIPv4(host)) return [host, port]
  if (!isIPv6(host) || host.includes('%')) throw new TypeError(`${JSON.stringify(host)} is no IP address`)
  if (!isUint(flowinfo, 0xffff_ffff) || !isUint(scopeId, 0xffff_ffff)) {
    throw new RangeError('flow label and scope are whole numbers of 32 bits')
  }
  return [host, port, flowinfo, scopeId]
}

function isUint(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most
}
