import { expect, it } from 'vitest'
import { dialWithFailover } from '../../../src/client/transport/failover.js'
import type { Dial, Transport, TransportEvents } from '../../../src/client/transport/transport.js'

const transport = {} as Transport
const events: TransportEvents = { received: () => {}, closed: () => {} }

it('every connection tries each address once, whatever other connections find in the meantime', async () => {
  const tried: string[] = []
  let refuse = () => {}
  const waiting = new Promise<void>((resolve) => {
    refuse = resolve
  })
  let isSlow = true
  const gone: Dial = async () => {
    tried.push('gone')
    if (isSlow) {
      isSlow = false
      await waiting
    }
    throw new Error('nobody answers')
  }
  const there: Dial = async () => {
    tried.push('there')
    return transport
  }
  const dial = dialWithFailover([gone, there])
  const slow = dial(events)
  await dial(events)
  refuse()
  expect(await slow).toBe(transport)
  expect(tried).toEqual(['gone', 'gone', 'there', 'there'])
})
