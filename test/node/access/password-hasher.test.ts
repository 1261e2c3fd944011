// Runs on each supported Node.js: worker threads.
import { scryptSync } from 'node:crypto'
import { expect, it } from 'vitest'
import { HASH_BYTES, PasswordHasher } from '../../../src/access/password-hasher.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

const COST = { N: 2 ** 10, r: 8, p: 1 }
const SALT = Buffer.alloc(16, 7)

it('hashes like scrypt', async () => {
  const hasher = new PasswordHasher(new FakeRuntime())
  const expected = scryptSync('Straße', SALT, HASH_BYTES, COST)
  expect(await hasher.hash('Straße', SALT, COST)).toEqual(expected)
  expect(await hasher.hash('Straße'.normalize('NFKD'), SALT, COST)).toEqual(expected)
})

it('rejects a hash that takes too much memory, and continues', async () => {
  const hasher = new PasswordHasher(new FakeRuntime())
  await expect(hasher.hash('one', SALT, { N: 2 ** 20, r: 8, p: 1 })).rejects.toThrow('memory')
  expect(await hasher.hash('one', SALT, COST)).toHaveLength(HASH_BYTES)
})
