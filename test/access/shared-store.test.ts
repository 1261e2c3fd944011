import { afterEach, beforeEach, expect, it } from 'vitest'
import { Access, type Identity } from '../../src/access/index.js'
import { openMemoryState, type StateStore } from '../../src/state/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

/** Two hubs that share one store. */
let runtime: FakeRuntime
let state: StateStore
let one: Access
let other: Access

async function open(): Promise<Access> {
  const access = new Access({ ops: { see: '*' } }, { typeOf: () => 'test' }, 'host/test')
  await access.open({ bucket: state.bucket('principals'), runtime })
  return access
}

beforeEach(async () => {
  runtime = new FakeRuntime()
  state = openMemoryState({ runtime })
  one = await open()
  other = await open()
})

afterEach(() => {
  one.close()
  other.close()
})

const byToken = (token: string) => other.identify({ token }) as Identity
const byPassword = (password: string) => other.identify({ user: 'ops', password }) as Promise<Identity>
const refused = expect.objectContaining({ code: 'TCN_ACCESS_TOKEN' })

it('a token made by one hub is valid at once on the others, with its rights', async () => {
  const { token } = await one.tokens.add({ name: 'ci', grant: { publish: ['build/'] } })
  expect(byToken(token).principal.name).toBe('ci')
  expect(other.grantOf('ci')).toEqual({ publish: ['build/'] })
})

it('a token revoked on one hub ends everything opened with it on the others', async () => {
  const { token } = await one.tokens.add({ name: 'ci', grant: { see: '*' } })
  const { ended } = byToken(token)
  await one.tokens.revoke('ci')
  expect(ended?.aborted).toBe(true)
  expect(() => byToken(token)).toThrow(refused)
  expect(other.find('ci')).toBeUndefined()
})

it('a token rotated on one hub expires on the others after the grace', async () => {
  const old = await one.tokens.add({ name: 'ops' })
  const { ended } = byToken(old.token)
  const made = await one.tokens.rotate('ops', 60e6)
  expect(byToken(made.token).principal.name).toBe('ops')
  expect(ended?.aborted).toBe(false)
  await runtime.pass(60_000)
  expect(ended?.aborted).toBe(true)
  expect(() => byToken(old.token)).toThrow(refused)
})

it('a use noted by one hub does not bring back a token that another revokes at the same time', async () => {
  const { token } = await one.tokens.add({ name: 'ops' })
  const revoked = one.tokens.revoke('ops')
  byToken(token)
  await revoked
  await runtime.settle()
  const later = await open()
  expect(() => later.identify({ token })).toThrow(refused)
  later.close()
})

it('a last use is known to all hubs', async () => {
  const { token, record } = await one.tokens.add({ name: 'ops' })
  byToken(token)
  await runtime.settle()
  expect(one.tokens.get('ops')).toEqual({ ...record, lastUsed: runtime.now() })
})

it('a password set on one hub is valid on the others, and ends what the one before had opened', async () => {
  await one.passwords.set('ops', 'correct horse')
  const { ended } = await byPassword('correct horse')
  await one.passwords.set('ops', 'battery staple')
  expect(ended?.aborted).toBe(true)
  await expect(byPassword('correct horse')).rejects.toThrow(refused)
  const next = await byPassword('battery staple')
  expect(next.ended?.aborted).toBe(false)
  await one.passwords.remove('ops')
  expect(next.ended?.aborted).toBe(true)
})
