/** Messages of BMP, as RFC 7854 draws them. */

export function bmp(type: number, ...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? hex(part) : part)))
  const head = Buffer.from([3, 0, 0, 0, 0, type])
  head.writeUInt32BE(body.length + 6, 1)
  return Buffer.concat([head, body])
}

export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s|#.*$/gm, ''), 'hex')
}

/** Section 4.2 */
export const IPV4_PEER = `
00                                # a peer of the global instance
00                                # an address of IPv4
0000000000000000                  # no distinguisher
000000000000000000000000 c0000201 # 192.0.2.1
0000fde8                          # AS 65000
c6336401                          # 198.51.100.1
65a1b2c0 0001e240                 # 2024-01-12T21:44:32, 123456 µs
`
export const IPV6_PEER = `
01                                # a peer with a route distinguisher
80                                # an address of IPv6
0000fde800000064                  # 65000:100
20010db8000000000000000000000001
fffffde8
c6336401
00000000 00000000                 # no time
`

/** RFC 4271, section 4.2: an OPEN with a hold time of 180 seconds. */
export const OPEN = `
ffffffffffffffffffffffffffffffff 001d 01
04 fde8 00b4 c6336401 00
`
/** RFC 4271, section 4.5: cease, administrative shutdown. */
export const NOTIFICATION = 'ffffffffffffffffffffffffffffffff 0015 03 06 02'

const LOCAL = '000000000000000000000000 c0000202 00b3 c350'

export const initiation = bmp(4, '0001 0005 6461656d6f', '0002 0002 7231')
export const peerUp = bmp(3, IPV4_PEER, LOCAL, OPEN, OPEN)
export const peerDown = bmp(2, IPV4_PEER, '01', NOTIFICATION)
export const termination = bmp(5, '0001 0002 0000')
/** A route, which is left out. */
export const routes = bmp(0, IPV4_PEER, `${'ff'.repeat(16)} 0017 02 0000 0000`)

/** A message about the peer 192.0.2.1, with the time that the router gives, µs since the epoch. */
export function sessionAt(kind: 'up' | 'down', micros: number): Buffer {
  const time = Buffer.alloc(8)
  time.writeUInt32BE(Math.floor(micros / 1_000_000))
  time.writeUInt32BE(micros % 1_000_000, 4)
  const peer = Buffer.concat([hex(IPV4_PEER).subarray(0, 34), time])
  return kind === 'up' ? bmp(3, peer, LOCAL, OPEN, OPEN) : bmp(2, peer, '01', NOTIFICATION)
}
