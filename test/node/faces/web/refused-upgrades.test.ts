// Runs on each supported Node.js: HTTP parsing and its limits.
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { startHttpFixture } from '../../../faces/http/fixture.js'
import { startRest } from '../../../faces/salt/rest/fixture.js'

const upgrade = (path: string, host = 'localhost', key = 'dGhlIHNhbXBsZSBub25jZQ==') =>
  [
    `GET ${path} HTTP/1.1`,
    `host: ${host}`,
    'connection: upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    `sec-websocket-key: ${key}`,
    '\r\n',
  ].join('\r\n')

let close: () => Promise<unknown>
afterEach(() => close())

/** Reads the refusal, sends one more byte, and closes. */
async function refusedPeer(port: number, request: string): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  socket.write(request)
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 [45]\d\d /)
  socket.write('x')
  socket.end()
  socket.resume()
  if (!socket.closed) await once(socket, 'close')
}

async function leavesNothing(port: number, connections: () => number, request: string): Promise<void> {
  await Promise.all(Array.from({ length: 20 }, () => refusedPeer(port, request)))
  await expect.poll(connections).toBe(0)
}

describe('a refused upgrade leaves no connection behind', () => {
  it.each([
    ['with a wrong token', upgrade('/v1/ws').replace('\r\n\r\n', '\r\nauthorization: Bearer nobody\r\n\r\n')],
    ['at an unknown path', upgrade('/nowhere')],
    ['for a foreign host', upgrade('/v1/ws', 'evil.example')],
    ['with a key that is none', upgrade('/v1/ws', 'localhost', 'x')],
    ['with an expectation', 'GET /healthz HTTP/1.1\r\nhost: localhost\r\nexpect: x\r\n\r\n'],
    ['that is no HTTP', 'no HTTP at all\r\n\r\n'],
  ])('over HTTP, %s', async (_, request) => {
    const hub = await startHttpFixture()
    close = () => hub.close()
    await leavesNothing(hub.port, () => hub.server.connections, request)
  })

  it.each([
    ['without a session', upgrade('/ws')],
    ['at an unknown path', upgrade('/nowhere')],
  ])("over Salt's REST interface, %s", async (_, request) => {
    const rest = await startRest()
    close = () => rest.close()
    const connections = () => rest.hub.listeners.find(({ face }) => face === 'salt-api')!.connections
    await leavesNothing(rest.port, connections, request)
  })
})
