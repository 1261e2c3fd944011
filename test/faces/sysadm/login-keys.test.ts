import { generateKeyPairSync } from 'node:crypto'
import { expect, it } from 'vitest'
import { LoginKeys } from '../../../src/faces/sysadm/login-keys.js'
import { openMemoryState } from '../../../src/state/index.js'
import { BrittleState } from '../../bus/model/brittle-state.js'
import { clockByHand } from '../../helpers/fake-runtime.js'

function newRecord() {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })).toString('base64')
  return { principal: 'ann', key, nickname: '', email: '', registered: 1 }
}

it('a key that the store cannot remove is over at once, and can be revoked and registered again', async () => {
  const runtime = clockByHand()
  const state = openMemoryState({ runtime })
  const brittle = new BrittleState(state, runtime)
  const keys = await LoginKeys.open(brittle.store.bucket('principals'))
  const record = newRecord()
  brittle.full = true
  await expect(keys.register(record)).rejects.toThrow('no room')
  expect(keys.of('ann')).toEqual([])
  brittle.full = false
  expect(await keys.register(record)).toBe(true)
  const [{ ending }] = keys.of('ann')

  brittle.full = true
  await expect(keys.revoke('ann', record.key)).rejects.toThrow('no room')
  expect(ending.signal.aborted).toBe(true)
  brittle.full = false
  expect(await keys.revoke('ann', record.key)).toBe(true)
  expect((await LoginKeys.open(state.bucket('principals'))).of()).toEqual([])
  expect(await keys.register(record)).toBe(true)
  expect(keys.of('ann')[0].ending.signal.aborted).toBe(false)
})
