import { afterEach, beforeEach, expect, it } from 'vitest'
import { Access, type Identity } from '../../src/access/index.js'
import { openMemoryState, type StateStore } from '../../src/state/index.js'
import { BrittleState } from '../bus/model/brittle-state.js'
import { clockByHand, type FakeRuntime } from '../helpers/fake-runtime.js'

const DAY = 86_400e6

let runtime: FakeRuntime
let state: StateStore
let access: Access

async function open(store: StateStore): Promise<void> {
  access?.close()
  access = new Access({ ops: {} }, { typeOf: () => 'test' }, 'host/test')
  await access.open({ bucket: store.bucket('principals'), runtime })
}

beforeEach(async () => {
  runtime = clockByHand()
  state = openMemoryState({ runtime })
  await open(state)
})
afterEach(() => access.close())

const logIn = async (credentials: { token: string } | { user: string; password: string }) =>
  (await access.identify(credentials)) as Identity

it('a password that the store cannot remove is over at once, and can be removed again', async () => {
  const credentials = { user: 'ops', password: 'correct horse' }
  await access.passwords.set('ops', credentials.password)
  const brittle = new BrittleState(state, runtime)
  await open(brittle.store)
  const { ended } = await logIn(credentials)
  brittle.full = true
  await expect(access.passwords.remove('ops')).rejects.toThrow('no room')
  expect(ended?.aborted).toBe(true)
  await expect(logIn(credentials)).rejects.toMatchObject({ code: 'TCN_ACCESS_TOKEN' })
  brittle.full = false
  expect(await access.passwords.remove('ops')).toBe(true)
  await open(state)
  await expect(logIn(credentials)).rejects.toMatchObject({ code: 'TCN_ACCESS_TOKEN' })
})

it('a token that has expired by a wrong clock is valid again when the clock is set back', async () => {
  const { token } = await access.tokens.add({ name: 'ops', expires: DAY })
  const { ended } = await logIn({ token })
  const real = runtime.now()
  runtime.setClock(real + 365 * DAY)
  runtime.advance(3_600_001)
  expect(ended?.aborted).toBe(true)
  await expect(logIn({ token })).rejects.toMatchObject({ code: 'TCN_ACCESS_TOKEN' })
  runtime.setClock(real)
  expect((await logIn({ token })).ended?.aborted).toBe(false)
  runtime.advance(86_400_001)
  await expect(logIn({ token })).rejects.toMatchObject({ code: 'TCN_ACCESS_TOKEN' })
})
