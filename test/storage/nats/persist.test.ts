import { expect, test } from 'vitest'
import { NatsFault } from '../../../src/storage/nats/nats-fault.js'
import { persist } from '../../../src/storage/nats/persist.js'
import { realRuntime } from '../../helpers/real-runtime.js'

const silence = new NatsFault('unreachable', 'no answer')

test('a request is repeated until it is answered', async () => {
  let attempts = 0
  const ask = async () => {
    if (++attempts < 3) throw silence
    return 'answer'
  }
  expect(await persist({ runtime: realRuntime, isClosed: false }, ask)).toBe('answer')
})

test('a request is not repeated after a refusal, or once the connection was closed', async () => {
  const refusal = new NatsFault('refused', 'no')
  for (const [fault, isClosed] of [
    [refusal, false],
    [silence, true],
  ] as const) {
    let attempts = 0
    const asked = persist({ runtime: realRuntime, isClosed }, async () => {
      attempts++
      throw fault
    })
    await expect(asked).rejects.toBe(fault)
    expect(attempts).toBe(1)
  }
})
