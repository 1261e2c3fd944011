// Runs on each supported Node.js: worker threads.
import { scryptSync } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import { Access } from '../../../src/access/index.js'
import { openMemoryState } from '../../../src/state/index.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

vi.unmock('../../../src/access/password-cost.js')

it('a password is stored as a hash that costs what OWASP advises, and lets its principal in', async () => {
  const runtime = new FakeRuntime()
  const state = openMemoryState({ runtime })
  const bucket = state.bucket('principals')
  const access = new Access({ ops: { see: ['ops/'] } }, { typeOf: () => 'tocsin.event' }, 'host/test')
  await access.open({ bucket, runtime })
  await access.passwords.set('ops', 'correct horse')
  const stored = await bucket.get('password/ops')
  const { salt, hash, ...record } = JSON.parse(Buffer.from(stored!.value).toString())
  expect(record).toMatchObject({ N: 131_072, r: 8, p: 1 })
  const options = { N: 131_072, r: 8, p: 1, maxmem: 2 ** 28 }
  const expected = scryptSync('correct horse', Buffer.from(salt, 'base64'), 32, options)
  expect(Buffer.from(hash, 'base64')).toEqual(expected)
  const identity = await access.identify({ user: 'ops', password: 'correct horse' })
  expect(identity.principal.name).toBe('ops')
  access.close()
})
