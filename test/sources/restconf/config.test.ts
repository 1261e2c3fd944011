import { expect, it } from 'vitest'
import { restconfSourcesConfig } from '../../../src/sources/restconf/config.js'

const entry = { name: 'r1', url: 'https://r1.example/restconf' }
const faults = (given: object) =>
  restconfSourcesConfig.safeParse([given]).error?.issues.map(({ message }) => message) ?? []

it('reads the stream that all devices have, and begins now', () => {
  expect(restconfSourcesConfig.parse([entry])[0]).toMatchObject({
    stream: 'NETCONF',
    encoding: 'auto',
    from: 'now',
    timeout: 20_000,
  })
})

it('an address is a URL without a password', () => {
  for (const url of ['r1.example', 'ftp://a', 'https://u:p@a', 'https://a?b', 'https://'])
    expect(faults({ ...entry, url })).toHaveLength(1)
})

it('a password or a token goes over TLS, or stays on this machine', () => {
  const login = { user: 'admin', passwordFile: '/p' }
  const unsafe = ['a password or a token needs https://, or an address of this machine']
  expect(faults({ ...entry, ...login })).toEqual([])
  expect(faults({ ...entry, url: 'http://r1.example', ...login })).toEqual(unsafe)
  expect(faults({ ...entry, url: 'http://r1.example', tokenFile: '/t' })).toEqual(unsafe)
  expect(faults({ ...entry, url: 'http://127.example.com', ...login })).toEqual(unsafe)
  for (const host of ['127.0.0.1:8080', '[::1]', 'localhost'])
    expect(faults({ ...entry, url: `http://${host}`, ...login })).toEqual([])
  expect(faults({ ...entry, url: 'http://r1.example' })).toEqual([])
})

it('logins are whole, and one', () => {
  expect(faults({ ...entry, user: 'admin' })).toEqual(['`user` and `passwordFile` go together'])
  expect(faults({ ...entry, user: 'admin', passwordFile: '/p', tokenFile: '/t' })).toEqual([
    'has one of `passwordFile` and `tokenFile`',
  ])
  expect(faults({ ...entry, from: 'yesterday' })).toHaveLength(1)
})
