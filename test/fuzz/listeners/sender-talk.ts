import { relpFrame } from '../../../src/sources/syslog/relp/framer.js'
import { initiation, peerDown, peerUp, routes, termination } from '../../sources/bmp/messages.js'
import { COMMUNITY } from './fuzzed-hub.js'
import { type Ber, ber, raw } from './piece.js'
import { oneOf, type Talk } from './talk.js'

const syslogLines = [
  '<34>1 2026-11-20T22:14:15.003Z web1 su 42 ID47 [exampleSDID@32473 iut="3" eventSource="App\\]lication"] \ufeffsu root failed',
  '<34>Oct 11 22:14:15 web1 su[42]: su root failed for é',
  '<0>1 - - - - - -',
  '<191>Nov  1 00:00:00 10.0.0.1 %LINK-3-UPDOWN: Interface Gi0/1, changed state to down',
  'no priority at all',
  `<13>1 2026-11-20T22:14:15+01:00 h p - - [a b="${'c'.repeat(500)}"][d] {"json": true}`,
  '<13>Nov 20 2026 22:14:15 h p: cisco style',
]

/** Datagrams are one message each. */
export const syslogUdp: Talk = oneOf(...syslogLines.map((line) => [raw(line)]))
export const syslogTcp: Talk = oneOf(
  syslogLines.map((line) => raw(`${line}\n`)),
  syslogLines.map((line) => raw(`${Buffer.byteLength(line)} ${line}`)),
)

export const relpOpen = relpFrame(1, 'open', 'relp_version=0\nrelp_software=librelp,1.11.0\ncommands=syslog')
export const syslogRelp: Talk = oneOf([
  raw(relpOpen),
  ...syslogLines.map((line, i) => raw(relpFrame(i + 2, 'syslog', line))),
  raw(relpFrame(syslogLines.length + 2, 'close')),
])

export const bmp: Talk = oneOf([initiation, peerUp, routes, peerDown, termination].map(raw))

const integer = (value: number): Ber => ({ tag: 2, value: Buffer.from([value]) })
const octets = (text: string): Ber => ({ tag: 4, value: Buffer.from(text) })
const oid = (...rest: number[]): Ber => ({ tag: 6, value: Buffer.from([0x2b, ...rest]) })
const sequence = (...value: Ber[]): Ber => ({ tag: 0x30, value })
const variables = sequence(
  sequence(oid(6, 1, 2, 1, 1, 3, 0), { tag: 0x43, value: Buffer.from([1, 2, 3]) }),
  sequence(oid(6, 1, 6, 3, 1, 1, 4, 1, 0), oid(6, 1, 6, 3, 1, 1, 5, 3)),
  sequence(oid(6, 1, 2, 1, 2, 2, 1, 1, 7), integer(7)),
  sequence(oid(6, 1, 2, 1, 2, 2, 1, 2, 7), octets('eth7')),
  sequence(oid(6, 1, 4, 1, 4, 1), { tag: 0x40, value: Buffer.from([10, 0, 0, 1]) }),
  sequence(oid(6, 1, 4, 1, 4, 2), { tag: 0x46, value: Buffer.alloc(8, 0x7f) }),
)
const pdu = (tag: number): Ber => ({ tag, value: [integer(1), integer(0), integer(0), variables] })
const version1: Ber = {
  tag: 0xa4,
  value: [
    oid(6, 1, 4, 1, 9),
    { tag: 0x40, value: Buffer.from([10, 0, 0, 1]) },
    integer(3),
    integer(0),
    { tag: 0x43, value: Buffer.from([5]) },
    variables,
  ],
}
const byUser = (user: string, flags: number, body: Ber): Ber => {
  const security = Buffer.from(
    ber(sequence(octets('engine'), integer(0), integer(0), octets(user), octets(''), octets(''))).bytes,
  )
  const global = sequence(integer(1), integer(100), { tag: 4, value: Buffer.from([flags]) }, integer(3))
  return sequence(
    integer(3),
    global,
    { tag: 4, value: security },
    sequence(octets('engine'), octets(''), body),
  )
}

export const snmp: Talk = oneOf(
  ...[0xa7, 0xa6, 0xa0, 0xa3].map((tag) => [ber(sequence(integer(1), octets(COMMUNITY), pdu(tag)))]),
  [ber(sequence(integer(0), octets(COMMUNITY), version1))],
  [ber(byUser('plain', 0, pdu(0xa7)))],
  [ber(byUser('plain', 4, pdu(0xa6)))],
  [ber(byUser('', 4, pdu(0xa0)))],
)
