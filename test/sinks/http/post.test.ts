import { once } from 'node:events'
import { Agent } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
import { post } from '../../../src/sinks/http/post.js'

it('an answer in chunks of a byte is joined once, and no more of it is read than is shown', async () => {
  const chunks = '1\r\nx\r\n'.repeat(16_384)
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const agent = new Agent()
  const concat = vi.spyOn(Buffer, 'concat')
  onTestFinished(() => {
    concat.mockRestore()
    agent.destroy()
    server.close()
  })
  const { body } = await post({
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    method: 'POST',
    headers: {},
    body: [Buffer.from('{}')],
    agent,
    signal: new AbortController().signal,
  })
  // What the parser has left of the same read is over once something has waited its turn.
  await new Promise((resolve) => setImmediate(resolve))
  expect(body.toString()).toBe('x'.repeat(4096))
  expect(concat.mock.calls.filter(([pieces]) => pieces.length > 1000)).toHaveLength(1)
})
