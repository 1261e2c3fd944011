import { describe, expect, it } from 'vitest'
import { findHubs } from '../../../src/client/connect.js'
import { parseUrlAddress, showAddress, splitAddresses } from '../../../src/client/transport/address.js'

const environment = (variables: Record<string, string> = {}) => ({
  variables,
  uid: 1000,
  temporary: '/tmp',
  exists: () => false,
  isPrivate: () => false,
})

describe('the address of a hub', () => {
  it.each([
    ['tcp://hub:9999', { kind: 'tcp', host: 'hub', port: 9999 }],
    ['tcp://hub', { kind: 'tcp', host: 'hub', port: 4581 }],
    ['tls://[::1]:80', { kind: 'tls', host: '::1', port: 80 }],
    ['ws://hub:80/other', { kind: 'web-socket', url: 'ws://hub/other' }],
    ['http://hub:4580', { kind: 'web-socket', url: 'ws://hub:4580/v1/ws' }],
    ['HTTPS://hub/', { kind: 'web-socket', url: 'wss://hub/v1/ws' }],
  ])('%s is read', (text, address) => {
    expect(parseUrlAddress(text)).toEqual(address)
  })

  it.each(['/run/tocsin.sock', 'unix:/run/tocsin.sock', 'tocsin.sock'])('%s is no URL', (text) => {
    expect(parseUrlAddress(text)).toBeUndefined()
  })

  it.each(['tcp://', 'tcp://hub:99999', 'tls://hub/path', 'tcp://hub?x', 'https://me:secret@hub'])(
    '%s is refused, without a password in the message',
    (text) => {
      expect(() => parseUrlAddress(text)).toThrow(expect.objectContaining({ code: 'TCN_CLIENT_ADDRESS' }))
      expect(() => parseUrlAddress(text)).not.toThrow(/secret/)
    },
  )

  it('is shown without secrets', () => {
    expect(showAddress({ kind: 'web-socket', url: 'wss://hub/v1/ws?ticket=x' })).toBe('wss://hub/v1/ws')
    expect(showAddress({ kind: 'tls', host: '::1', port: 1 })).toBe('tls://[::1]:1')
  })
})

describe('several addresses', () => {
  it('are given as a list or separated by commas', () => {
    expect(splitAddresses('tcp://a, unix:/b,/c')).toEqual(['tcp://a', 'unix:/b', '/c'])
    expect(splitAddresses(['tcp://a', ' tcp://b '])).toEqual(['tcp://a', 'tcp://b'])
    expect(splitAddresses('/tmp/a,b.sock')).toEqual(['/tmp/a,b.sock'])
  })

  it('are taken from TOCSIN_URL if none is given', () => {
    const found = findHubs(undefined, environment({ TOCSIN_URL: 'tcp://a:1,unix:/run/b' }))
    expect(found.map(showAddress)).toEqual(['tcp://a:1', '/run/b'])
    expect(findHubs('tls://c', environment({ TOCSIN_URL: 'tcp://a' })).map(showAddress)).toEqual([
      'tls://c:4581',
    ])
  })

  it('are an error if there are none', () => {
    expect(() => splitAddresses(' , ')).toThrow(expect.objectContaining({ code: 'TCN_CLIENT_ADDRESS' }))
  })
})
