import { isIPv4, isIPv6 } from 'node:net'
import type { Platform } from './platform.js'

/** `[host, port]` for IPv4, `[host, port, flowinfo, scopeId]` for IPv6, as Python writes socket addresses. */
export type SocketAddress =
  | [host: string, port: number]
  | [host: string, port: number, flowinfo: number, scopeId: number]

/** sizeof (struct sockaddr_storage) */
export const SOCKADDR_BYTES = 128

export const AF_INET = 2
export const AF_INET6 = { linux: 10, freebsd: 28 } as const
export const UNKNOWN_HOST = '???'

/** Reads a sockaddr. The result is `['???', 0, 0, 0]` if it is neither IPv4 nor IPv6. */
export function readSocketAddress(
  view: DataView,
  at: number,
  platform: Platform,
  littleEndian: boolean,
): SocketAddress {
  // On FreeBSD the family follows a length byte.
  const family = platform === 'linux' ? view.getUint16(at, littleEndian) : view.getUint8(at + 1)
  if (family === AF_INET) return [formatIpv4(view, at + 4), view.getUint16(at + 2)]
  if (family !== AF_INET6[platform]) return [UNKNOWN_HOST, 0, 0, 0]
  return [
    formatIpv6(view, at + 8),
    view.getUint16(at + 2),
    view.getUint32(at + 4, littleEndian),
    view.getUint32(at + 24, littleEndian),
  ]
}

/** Writes a sockaddr into zeroed memory. The caller must have checked the address with `isSocketAddress`. */
export function writeSocketAddress(
  view: DataView,
  at: number,
  [host, port, flowinfo, scopeId = 0]: SocketAddress,
  platform: Platform,
  littleEndian: boolean,
): void {
  if (host === UNKNOWN_HOST) return
  const family = flowinfo === undefined ? AF_INET : AF_INET6[platform]
  if (platform === 'linux') view.setUint16(at, family, littleEndian)
  else {
    view.setUint8(at, flowinfo === undefined ? 16 : 28)
    view.setUint8(at + 1, family)
  }
  view.setUint16(at + 2, port)
  if (flowinfo === undefined) {
    for (const [i, part] of host.split('.').entries()) view.setUint8(at + 4 + i, Number(part))
    return
  }
  view.setUint32(at + 4, flowinfo, littleEndian)
  for (const [i, group] of groupsOf(host).entries()) view.setUint16(at + 8 + 2 * i, group)
  view.setUint32(at + 24, scopeId, littleEndian)
}

export function isSocketAddress(value: unknown): value is SocketAddress {
  if (!Array.isArray(value) || typeof value[0] !== 'string') return false
  const [host, port, flowinfo, scopeId] = value
  if (!isUint(port, 0xffff)) return false
  if (value.length === 2) return isIPv4(host)
  return (
    value.length === 4 &&
    isUint(flowinfo, 0xffff_ffff) &&
    isUint(scopeId, 0xffff_ffff) &&
    (host === UNKNOWN_HOST ? port + flowinfo + scopeId === 0 : isIPv6(host) && !host.includes('%'))
  )
}

/** Returns whether the value is a whole number from 0 to `max`. */
export function isUint(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max
}

function formatIpv4(view: DataView, at: number): string {
  return [0, 1, 2, 3].map((i) => view.getUint8(at + i)).join('.')
}

/** As inet_ntop does: lower case, longest run of zeros omitted, last 32 bits dotted after `::` and `::ffff:`. */
function formatIpv6(view: DataView, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(at + 2 * i))
  const { start, length } = longestZeros(groups)
  if (start === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff))) {
    return `::${length === 5 ? 'ffff:' : ''}${formatIpv4(view, at + 12)}`
  }
  const text = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':')
  return length < 2 ? text(0, 8) : `${text(0, start)}::${text(start + length, 8)}`
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 0 }
  for (let start = 0, end = 0; start < groups.length; start = end + 1) {
    for (end = start; groups[end] === 0; ) end++
    if (end - start > best.length) best = { start, length: end - start }
  }
  return best
}

function groupsOf(host: string): number[] {
  const hex = host.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts) => {
    const [a, b, c, d] = parts.map(Number)
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
  const [front, back] = hex.split('::').map((part) => (part === '' ? [] : part.split(':')))
  const zeros = back === undefined ? [] : Array(8 - front.length - back.length).fill('0')
  return [...front, ...zeros, ...(back ?? [])].map((group) => Number.parseInt(group, 16))
}
