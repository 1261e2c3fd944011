import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  changesOf,
  followed,
  type HeardNeighbour,
  keyOf,
  readNeighbours,
} from '../../../src/sources/lldp/neighbours.js'

const shown = (...interfaces: object[]) => ({ lldp: [{ interface: interfaces }] })

it('a neighbour has its names, addresses, enabled capabilities and VLANs', () => {
  const [neighbour] = readNeighbours(
    shown({
      name: 'eth0',
      via: 'LLDP',
      rid: '1',
      age: '0 day, 00:00:10',
      chassis: [
        {
          id: [{ type: 'mac', value: '00:1b:21:00:00:01' }],
          name: [{ value: 'sw1' }],
          descr: [{ value: 'a switch' }],
          'mgmt-ip': [{ value: '192.0.2.1' }, { value: 'fe80::1' }],
          capability: [
            { type: 'Bridge', enabled: true },
            { type: 'Router', enabled: false },
          ],
        },
      ],
      port: [
        { id: [{ type: 'ifname', value: 'Gi0/1' }], descr: [{ value: 'uplink' }], ttl: [{ value: '120' }] },
      ],
      vlan: [{ 'vlan-id': '10', pvid: true, value: 'office' }],
    }),
  )
  expect(neighbour).toEqual({
    interface: 'eth0',
    via: 'LLDP',
    chassis: '00:1b:21:00:00:01',
    name: 'sw1',
    description: 'a switch',
    addresses: ['192.0.2.1', 'fe80::1'],
    capabilities: ['Bridge'],
    port: 'Gi0/1',
    portDescription: 'uplink',
    vlans: ['10 office'],
    ttl: 120,
  })
})

it('a host without neighbours has none, and one that says little is enough', () => {
  expect(readNeighbours({ lldp: [{}] })).toEqual([])
  expect(readNeighbours(shown({ name: 'eth0' }))).toEqual([
    { interface: 'eth0', via: 'LLDP', chassis: '', port: '', ttl: 120 },
  ])
})

it('something else is refused, whatever it is', () => {
  for (const value of [undefined, [], {}, { lldp: {} }, shown({}), shown({ name: 1 })])
    expect(() => readNeighbours(value)).toThrow('lldpcli says something else')
  fc.assert(
    fc.property(fc.anything(), (value) => {
      try {
        readNeighbours(value)
      } catch (error) {
        expect((error as Error).message).toContain('lldpcli says something else')
      }
    }),
  )
})

it('long texts and lists are cut', () => {
  const long = { value: 'x'.repeat(1000) }
  const [neighbour] = readNeighbours(
    shown({ name: 'eth0', chassis: [{ descr: [long], 'mgmt-ip': new Array(100).fill(long) }] }),
  )
  expect(neighbour.description).toHaveLength(256)
  expect(neighbour.addresses).toHaveLength(16)
})

it('changes lead from what is known to what is there', () => {
  const name = fc.constantFrom('a', 'b')
  const ttl = fc.constant(120)
  const neighbour = fc.record({
    interface: name,
    via: fc.constant('LLDP'),
    chassis: name,
    port: name,
    name,
    ttl,
  })
  const list = fc.array(neighbour, { maxLength: 8 })
  const mapOf = (all: readonly HeardNeighbour[]) => new Map(all.map((each) => [keyOf(each), each]))
  fc.assert(
    fc.property(list, list, (before, after) => {
      const known = mapOf(before)
      const now = mapOf(after)
      const changes = changesOf(known, now)
      for (const { change, ...each } of changes)
        if (change === 'deleted') known.delete(keyOf(each))
        else known.set(keyOf(each), each)
      expect(known).toEqual(now)
      expect(new Set(changes.map(({ change, ...each }) => keyOf(each))).size).toBe(changes.length)
      expect(changesOf(now, now)).toEqual([])
    }),
  )
})

it('no more neighbours are followed than fit into the stored position', () => {
  const long = { value: 'ä'.repeat(256) }
  const heard = readNeighbours(
    shown(
      ...Array.from({ length: 600 }, (_, nth) => ({
        name: `eth${nth}`,
        chassis: [{ descr: [long], 'mgmt-ip': new Array(16).fill(long) }],
      })),
    ),
  )
  const taken = followed(heard)
  expect(taken).toEqual(heard.slice(0, taken.length))
  expect(taken.length).toBeGreaterThan(10)
  expect(Buffer.byteLength(JSON.stringify(taken))).toBeLessThan(512 * 1024)
  expect(followed(heard.map(({ addresses, description, ...short }) => short))).toHaveLength(500)
})

it('another time that a neighbour promises is no news', () => {
  const [before] = readNeighbours(shown({ name: 'eth0' }))
  const mapOf = (each: HeardNeighbour) => new Map([[keyOf(each), each]])
  expect(changesOf(mapOf(before), mapOf({ ...before, ttl: 4 }))).toEqual([])
})
