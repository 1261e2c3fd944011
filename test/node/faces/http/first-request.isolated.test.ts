// Runs on each supported Node.js: HTTP parsing and its limits.
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { makeSite } from '../../../../src/faces/http/site.js'
import { type HttpFixture, startHttpFixture } from '../../../faces/http/fixture.js'

vi.mock('../../../../src/faces/http/site.js', async (original) => {
  const actual = await original<{ makeSite: typeof makeSite }>()
  return { ...actual, makeSite: vi.fn(actual.makeSite) }
})

let hub: HttpFixture
beforeEach(async () => {
  vi.mocked(makeSite).mockClear()
  hub = await startHttpFixture()
})
afterEach(() => hub.close())

it('makes what answers requests once, for the first of them', async () => {
  expect(makeSite).not.toHaveBeenCalled()
  const answers = await Promise.all([1, 2, 3].map(() => fetch(`${hub.url}/healthz`)))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(makeSite).toHaveBeenCalledTimes(1)
})

it('answers in order what a client sends before the first answer', async () => {
  const socket = connect(Number(new URL(hub.url).port), '127.0.0.1')
  const request = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${more}\r\n`
  socket.write(request('/healthz') + request('/v1/info') + request('/nowhere', 'connection: close\r\n'))
  let text = ''
  socket.on('data', (bytes) => {
    text += bytes
  })
  await once(socket, 'close')
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 401', 'HTTP/1.1 404'])
})

it.each([
  ['sends trailers', 'connection: close\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx-sum: 1\r\n\r\n'],
  ['offers to upgrade', 'connection: upgrade, close\r\nupgrade: h2c\r\n\r\n'],
])('answers the first client, which %s', async (_what, rest) => {
  const socket = connect(Number(new URL(hub.url).port), '127.0.0.1')
  socket.write(`GET /healthz HTTP/1.1\r\nhost: localhost\r\n${rest}`)
  let text = ''
  socket.on('data', (bytes) => {
    text += bytes
  })
  await once(socket, 'close')
  expect(text).toMatch(/^HTTP\/1\.1 200 /)
})

it('answers a request for which nothing could be made with an error, and the next one as usual', async () => {
  // For the connection, and once more for its request.
  for (let nth = 0; nth < 2; nth++) vi.mocked(makeSite).mockRejectedValueOnce(new Error('no memory'))
  const failed = await fetch(`${hub.url}/healthz`)
  expect([failed.status, await failed.json()]).toMatchObject([500, { code: 'TCN_INTERNAL' }])
  expect((await fetch(`${hub.url}/healthz`)).status).toBe(200)
})

it('stops while what answers the first request is being made', async () => {
  const socket = connect(Number(new URL(hub.url).port), '127.0.0.1')
  socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await expect.poll(() => vi.mocked(makeSite).mock.calls.length).toBe(1)
  const closed = once(socket, 'close')
  socket.resume()
  await Promise.all([hub.server.close(), closed])
})
