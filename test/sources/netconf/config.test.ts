import { expect, it } from 'vitest'
import { netconfSourcesConfig } from '../../../src/sources/netconf/config.js'

const ssh = { name: 'r1', host: 'r1.example', user: 'admin', keyFile: '/etc/tocsin/r1' }
const tls = { certificate: '/etc/tocsin/c.pem', key: '/etc/tocsin/k.pem' }
const faults = (entry: object) =>
  netconfSourcesConfig.safeParse([entry]).error?.issues.map(({ message }) => message) ?? []

it('has the usual ports, the stream that all devices have, and begins now', () => {
  expect(netconfSourcesConfig.parse([ssh])[0]).toMatchObject({ port: 830, stream: 'NETCONF', from: 'now' })
  expect(netconfSourcesConfig.parse([{ name: 'r1', host: '::1', tls }])[0].port).toBe(6513)
  expect(netconfSourcesConfig.parse([{ ...ssh, port: 22 }])[0].port).toBe(22)
})

it('logs in over SSH with a key or a password, or over TLS with a certificate', () => {
  const { keyFile, ...nothing } = ssh
  expect(faults(nothing)).toEqual(['has one of `keyFile` and `passwordFile`, or `tls`'])
  expect(faults({ ...ssh, passwordFile: '/p' })).toEqual([
    'has one of `keyFile` and `passwordFile`, or `tls`',
  ])
  expect(faults({ name: 'r1', host: 'a' })).toContain('has a `user`, or `tls`')
  expect(faults({ ...ssh, tls })).toEqual(['`user` is for SSH, and `tls` is used'])
  expect(faults({ name: 'r1', host: 'a', tls })).toEqual([])
})

it('host keys and fingerprints are checked', () => {
  expect(faults({ ...ssh, hostKey: 'abc' })).toHaveLength(1)
  expect(faults({ ...ssh, hostKey: `SHA256:${'A'.repeat(43)}` })).toEqual([])
  expect(faults({ ...ssh, hostKey: [`SHA256:${'A'.repeat(43)}`, `SHA256:${'B'.repeat(43)}`] })).toEqual([])
  expect(faults({ name: 'r1', host: 'a', tls: { ...tls, fingerprint: 'ab' } })).toEqual([
    'must be a SHA-256 of 64 hexadecimal digits',
  ])
  const colons = Array(32).fill('AB').join(':')
  const [entry] = netconfSourcesConfig.parse([
    { name: 'r1', host: 'a', tls: { ...tls, fingerprint: colons } },
  ])
  expect(entry.tls?.fingerprint).toBe('ab'.repeat(32))
})

it('a filter is XML or XPath', () => {
  expect(faults({ ...ssh, filter: {} })).toEqual(['has one of `subtree` and `xpath`'])
  expect(faults({ ...ssh, filter: { subtree: '<a/>', xpath: '/a' } })).toHaveLength(1)
  expect(faults({ ...ssh, filter: { subtree: 'a' } })).toHaveLength(1)
  expect(faults({ ...ssh, filter: { subtree: '<a xmlns="urn:a"/><b xmlns="urn:b"/>' } })).toEqual([])
  expect(faults({ ...ssh, filter: { xpath: '/n:a', namespaces: { n: 'urn:a' } } })).toEqual([])
})

it('a time to begin at is one that can be read', () => {
  expect(faults({ ...ssh, from: 'yesterday' })).toEqual(['must be now, start, or an RFC 3339 time'])
  expect(faults({ ...ssh, from: '2026-11-27T00:00:00Z' })).toEqual([])
})

it('pushes have names of their own and a part of a datastore', () => {
  const push = { name: 'links', filter: { subtree: '<a xmlns="urn:a"/>' } }
  expect(faults({ ...ssh, push: [push, { ...push, name: 'b', every: '10s' }] })).toEqual([])
  expect(faults({ ...ssh, push: [push, push] })).toEqual(['has a name twice'])
  expect(faults({ ...ssh, push: [{ name: 'links' }] })).toHaveLength(1)
  expect(netconfSourcesConfig.parse([{ ...ssh, push: [push] }])[0].push[0]).toMatchObject({
    datastore: 'operational',
    dampening: 0,
  })
})

it('a device that calls home has no address, and is known by its key or certificate', () => {
  const home = { name: 'r1', callHome: true, user: 'admin', keyFile: '/k' }
  const hostKey = `SHA256:${'A'.repeat(43)}`
  expect(faults({ ...home, hostKey })).toEqual([])
  expect(faults({ name: 'r1', callHome: true, tls: { fingerprint: 'ab'.repeat(32) } })).toEqual([])
  expect(faults({ ...home, hostKey, host: 'r1.example' })).toEqual([
    '`host` is not for a device that calls home',
  ])
  expect(faults(home)).toEqual(['calls home, and needs a `hostKey` by which it is known'])
  expect(faults({ name: 'r1', callHome: true, tls: { ca: '/ca' } })).toEqual([
    '`ca` is not for a device that calls home',
    'calls home, and needs a `tls.fingerprint` by which it is known',
  ])
  expect(faults({ name: 'r1', user: 'admin', keyFile: '/k' })).toEqual(['has a `host`, or `callHome: true`'])
  expect(faults({ name: 'r1', host: 'a', tls: {} })).toEqual(['needs `tls.certificate` and `tls.key`'])
  const twice = netconfSourcesConfig.safeParse([
    { ...home, hostKey },
    { ...home, name: 'r2', hostKey: [hostKey] },
  ])
  expect(twice.error?.issues).toMatchObject([{ path: [1], message: 'has the key of `r1`' }])
})
