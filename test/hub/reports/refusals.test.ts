import { connect as connectSocket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'

let hub: TestHub

beforeAll(async () => {
  hub = await startTestHub()
})

afterAll(() => hub?.close())

describe('connections that are closed because of what they sent', () => {
  it('are reported in one event per code and second', async () => {
    const client = await hub.connect()
    const events = client.subscribe('hub/refused', { from: 'start' }).events()[Symbol.asyncIterator]()
    await Promise.all([sendRubbish(), sendRubbish(), sendRubbish()])
    const { value: event } = await events.next()
    expect(event.data).toMatchObject({ code: 'TCN_PROTOCOL_ORDER', listener: hub.address, count: 3 })
    await client.close()
  })
})

/** Sends a ping before hello. */
function sendRubbish(): Promise<void> {
  return new Promise((resolve) => {
    const socket = connectSocket(hub.address.slice('unix:'.length))
    socket.on('close', () => resolve())
    socket.resume()
    socket.write(Uint8Array.of(2, 0, 0, 0, 17, 0x80))
  })
}
