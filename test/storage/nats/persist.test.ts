import { expect, test } from 'vitest'
import { NatsFault } from '../../../src/storage/nats/nats-fault.js'
import { persist } from '../../../src/storage/nats/persist.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
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

test('a request is given up after half a minute without an answer, or without progress if there is some', async () => {
  const runtime = new FakeRuntime()
  const link = { runtime, isClosed: false }
  let come = 0
  const outcomes: string[] = []
  const note = (name: string) => (thrown: Error) => void outcomes.push(`${name}: ${thrown.message}`)
  const silent = () => Promise.reject(silence)
  void persist(link, silent).catch(note('still'))
  void persist(link, silent, { progress: () => come }).catch(note('moving'))
  for (let second = 0; second < 60; second++) {
    await runtime.pass(1000)
    if (second < 20) come++
  }
  expect(outcomes).toEqual(['still: no answer for 30 s: no answer', 'moving: no answer for 30 s: no answer'])
})
