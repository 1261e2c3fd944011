import type { TLSSocket } from 'node:tls'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { RawData } from 'ws'
import { type SysadmClient, type SysadmFixture, startSysadm } from './fixture.js'
import { publishTo, request, settled } from './subscriber.js'

let fixture: SysadmFixture
beforeAll(async () => {
  fixture = await startSysadm()
})
afterAll(() => fixture[Symbol.asyncDispose]())

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function usedMemory(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const BATCH = 4000

/** Sends a request many times, and waits for all answers to a batch before it sends the next one. */
async function flood({ socket }: SysadmClient, text: string, times: number): Promise<void> {
  const payload = Buffer.from(text)
  // A mask of zeros leaves the text as it is.
  const frame = Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload])
  const batch = Buffer.concat(Array.from({ length: BATCH }, () => frame))
  const bare = (socket as unknown as { _socket: TLSSocket })._socket
  const listeners = socket.listeners('message') as ((data: RawData) => void)[]
  socket.removeAllListeners('message')
  let answers = 0
  let wake = () => {}
  socket.on('message', () => {
    if (++answers % BATCH === 0) wake()
  })
  for (let sent = 0; sent < times; sent += BATCH) {
    bare.write(batch)
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  }
  socket.removeAllListeners('message')
  for (const listener of listeners) socket.on('message', listener)
}

it('a request to subscribe that is sent a million times costs a client its own time only, and no memory', async () => {
  const client = await fixture.login()
  const text = request('subscribe', 'dispatcher')
  await flood(client, text, BATCH)
  const { bus } = fixture.test
  const [subscriptions, memory] = [[...bus.subscriptions].length, usedMemory()]
  await flood(client, text, 1_000_000)
  expect([...bus.subscriptions]).toHaveLength(subscriptions)
  // Less than half a word for each call, once the memory of buffers has been given back.
  await vi.waitFor(() => expect(usedMemory() - memory).toBeLessThan(4_000_000), { timeout: 30_000 })
  const other = await fixture.login()
  await other.ask(text)
  await publishTo(fixture, other, 'still')
  expect(await settled(client)).toHaveLength(1)
}, 300_000)
