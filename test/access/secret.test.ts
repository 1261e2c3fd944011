import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hashOf, isSameText, newSecret, seal, unseal } from '../../src/access/secret.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

it('what is sealed with a secret is read with this secret only', () => {
  const runtime = new FakeRuntime()
  fc.assert(
    fc.property(fc.string(), (text) => {
      const [secret, other] = [newSecret(runtime, 32), newSecret(runtime, 32)]
      const sealed = seal(text, secret)
      expect(unseal(sealed, secret)).toBe(text)
      expect(unseal(sealed, other)).toBeUndefined()
    }),
  )
})

it('a sealed text that was changed or cut off is not read', () => {
  const sealed = Buffer.from(seal('upstream token', 'secret'), 'base64url')
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at] ^= 1
    expect(unseal(changed.toString('base64url'), 'secret')).toBeUndefined()
    expect(unseal(sealed.toString('base64url', 0, at), 'secret')).toBeUndefined()
  }
})

it('secrets are different, and so are their hashes', () => {
  const runtime = new FakeRuntime()
  const secrets = Array.from({ length: 100 }, () => newSecret(runtime, 20, 'hex'))
  expect(new Set(secrets).size).toBe(100)
  expect(new Set(secrets.map(hashOf)).size).toBe(100)
  expect(secrets[0]).toMatch(/^[0-9a-f]{40}$/)
  expect(isSameText(secrets[0], secrets[0])).toBe(true)
  expect(isSameText(secrets[0], secrets[1])).toBe(false)
  expect(isSameText(secrets[0], `${secrets[0]}0`)).toBe(false)
})
