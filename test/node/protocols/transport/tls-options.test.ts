// Runs on each supported Node.js: TLS.
import type { SecureContext } from 'node:tls'
import { expect, it } from 'vitest'
import { SharedValues } from '../../../../src/protocols/transport/shared-values.js'
import { tlsSettings } from '../../../../src/protocols/transport/tls-options.js'

it('connections share a context if they have the same files, whatever their hosts', () => {
  const contexts = new SharedValues<SecureContext>()
  const contextOf = (host: string, key?: string) =>
    tlsSettings({ serverName: host, ...(key !== undefined && { key }) }, host, contexts).secureContext
  expect(contextOf('b')).toBe(contextOf('a'))
  expect(() => contextOf('a', 'no key')).toThrow('must be the text of PEM files')
  expect(tlsSettings({}, 'a').secureContext).not.toBe(tlsSettings({}, 'a').secureContext)
})
