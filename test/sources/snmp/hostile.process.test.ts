import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readHeader } from '../../../src/sources/snmp/header.js'
import { SnmpHarness } from './harness.js'

let snmp: SnmpHarness
beforeAll(async () => {
  snmp = new SnmpHarness()
  await snmp.start()
})
afterAll(() => snmp.close())

function tlv(tag: number, ...parts: (Buffer | string)[]): Buffer {
  const value = Buffer.concat(parts.map((part) => Buffer.from(part)))
  const length = value.length < 128 ? [value.length] : [0x82, value.length >> 8, value.length & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), value])
}
const integer = (value: number) => tlv(2, Buffer.from([value]))
const sequence = (...parts: Buffer[]) => tlv(0x30, ...parts)
const oid = (...rest: number[]) => tlv(6, Buffer.from([0x2b, ...rest]))

const trapOid = sequence(oid(6, 1, 6, 3, 1, 1, 4, 1, 0), oid(6, 1, 6, 3, 1, 1, 5, 1))
const pdu = (type: number, ...variables: Buffer[]) =>
  tlv(type, integer(1), integer(0), integer(0), sequence(...variables))
const TRAP = 0xa7
const INFORM = 0xa6
const GET = 0xa0

const community = (body: Buffer, name = 'public', version = 1) =>
  sequence(integer(version), tlv(4, name), body)

function byUser(user: string, flags: number, engineId: string, body: Buffer): Buffer {
  const global = sequence(integer(1), integer(100), tlv(4, Buffer.from([flags])), integer(3))
  const security = tlv(4, sequence(tlv(4, engineId), integer(0), integer(0), tlv(4, user), tlv(4), tlv(4)))
  return sequence(integer(3), global, security, sequence(tlv(4, engineId), tlv(4), body))
}

const trap = community(pdu(TRAP, trapOid))
const events = () => snmp.events.length
const refused = () => Object.values(snmp.details.refused).reduce((sum, count) => sum + count, 0)

/** Sends messages that must become no events, and then one that must. */
async function refuses(...messages: Buffer[]): Promise<void> {
  const before = { events: events(), refused: refused() }
  for (const message of messages) await snmp.datagram(message)
  await snmp.until(() => refused() === before.refused + messages.length)
  await snmp.datagram(trap)
  await snmp.until(() => events() === before.events + 1)
}

it('every message that is cut somewhere is refused, and the next one is received', async () => {
  await refuses(...Array.from({ length: trap.length - 1 }, (_, i) => trap.subarray(0, i + 1)))
})

it('lengths that lie are refused', async () => {
  const long = Buffer.from([0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 2, 1, 1])
  const endless = Buffer.from([0x30, 0x80, 2, 1, 1, 4, 0, 0, 0])
  const huge = Buffer.from([0x30, 0xff, ...Array(127).fill(0xff)])
  await refuses(long, endless, huge, sequence(tlv(2), tlv(4, 'public')), sequence(tlv(2, Buffer.alloc(9, 1))))
})

it('versions that do not exist and other models of security are refused', async () => {
  await refuses(community(pdu(TRAP, trapOid), 'public', 2), community(pdu(TRAP, trapOid), 'public', 4))
})

it('a trap of version 3 needs a user, whatever its flags and its engine say', async () => {
  const body = pdu(TRAP, trapOid)
  await refuses(
    byUser('', 0, 'engine', body),
    byUser('', 0, '', body),
    byUser('', 4, '', body),
    byUser('', 4, 'engine', body),
    byUser('secret', 0, 'engine', body),
    byUser('', 4, '', pdu(INFORM, trapOid)),
    byUser('plain', 1, 'engine', body),
    byUser('plain', 2, 'engine', body),
    byUser('signed', 1, 'engine', body),
  )
})

it('questions are refused, except for the engine id', async () => {
  await refuses(community(pdu(GET, trapOid)), community(pdu(0xa3, trapOid)), community(pdu(0xa2, trapOid)))
})

it('an inform that can be read but not answered is refused', async () => {
  const empty = tlv(6)
  await refuses(
    community(pdu(INFORM, trapOid, sequence(oid(6, 1), empty))),
    community(pdu(INFORM, trapOid, sequence(empty, integer(1)))),
  )
  expect(snmp.runner.status()).toMatchObject({ state: 'up', restarts: 0 })
})

it('a trap without the name of a trap is an event without one', async () => {
  const before = events()
  await snmp.datagram(community(pdu(TRAP)))
  await snmp.until(() => events() === before + 1)
  expect(snmp.events.at(-1)?.tag).toBe('snmp/t/127.0.0.1/-')
})

it('of thousands of variables, the first are kept and all are counted', async () => {
  const before = events()
  const variables = Array.from({ length: 4_000 }, (_, i) => sequence(oid(i % 127), integer(1)))
  await snmp.datagram(community(pdu(TRAP, ...variables)))
  await snmp.until(() => events() === before + 1)
  expect(snmp.received.at(-1)).toMatchObject({ cut: 4_000 })
  expect(snmp.received.at(-1)?.vb).toHaveLength(1_000)
})

it('no bytes make the reader of headers read beyond them or fail in another way', () => {
  const samples = [trap, byUser('secret', 7, 'engine', pdu(TRAP, trapOid))]
  const changed = fc
    .tuple(fc.constantFrom(...samples), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }))
    .map(([sample, changes]) => {
      const bytes = Buffer.from(sample)
      for (const [at, value] of changes) bytes[at % bytes.length] = value
      return bytes
    })
  fc.assert(
    fc.property(
      fc.oneof(
        changed,
        fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
      ),
      (bytes) => {
        try {
          const header = readHeader(bytes)
          if (header.version === 'v3') expect(header.signature.end).toBeLessThanOrEqual(bytes.length)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
          expect(error).not.toBeInstanceOf(RangeError)
        }
      },
    ),
    { numRuns: 2_000 },
  )
})

it('random bytes in what follows the header never stop the source', async () => {
  const before = events() + refused()
  const bodies = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 60 }), { numRuns: 300, seed: 11 })
  for (const body of bodies) await snmp.datagram(community(tlv(TRAP, Buffer.from(body))))
  await snmp.until(() => events() + refused() === before + bodies.length)
  expect(snmp.runner.status()).toMatchObject({ state: 'up', restarts: 0 })
})
