// Runs on each supported Node.js: HTTP parsing and its limits.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type HttpFixture, type HttpFixtureOptions, startHttpFixture } from '../../../faces/http/fixture.js'
import { openWebSocket } from '../../../faces/http/websocket-driver.js'

let hub: HttpFixture
const start = async (options: HttpFixtureOptions = {}) => {
  hub = await startHttpFixture(options)
}
afterEach(() => hub.close())

/** Sends bytes and returns everything received until the connection is closed. */
function raw(bytes: string): { socket: Socket; answer: Promise<string> } {
  const socket = connect(hub.port, '127.0.0.1')
  const answer = new Promise<string>((resolve) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
  })
  socket.write(bytes)
  return { socket, answer }
}
const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))
const codeIn = (text: string) => /"code":"(\w+)"/.exec(text)?.[1]

const head = 'POST /v1/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer admin\r\n'
const json = 'content-type: application/json\r\n'
const event = '{"tag":"a"}'
const last = 'GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'

describe('HTTP against hostile peers', () => {
  it.each([
    ['two lengths', `${head}${json}content-length: 11\r\ncontent-length: 5\r\n\r\n${event}`],
    ['the same length twice', `${head}${json}content-length: 11\r\ncontent-length: 11\r\n\r\n${event}`],
    [
      'a length and chunks',
      `${head}${json}content-length: 11\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['chunks under another name', `${head}${json}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['chunks that are not last', `${head}${json}transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n`],
    ['a length with a sign', `${head}${json}content-length: +11\r\n\r\n${event}`],
    ['a length that is no number', `${head}${json}content-length: 0x0b\r\n\r\n${event}`],
    ['a space before the colon', `${head}${json}content-length : 11\r\n\r\n${event}`],
    ['a folded header', `${head}${json}x: 1\r\n content-length: 11\r\n\r\n${event}`],
    ['a bare line feed', `${head}${json}content-length: 11\n\n${event}`],
    ['a bare carriage return', `${head}x: a\rcontent-length: 11\r\n${json}\r\n${event}`],
    ['a null byte in a header', `${head}x: a\0b\r\n\r\n`],
    ['chunk sizes that are none', `${head}${json}transfer-encoding: chunked\r\n\r\nxyz\r\n`],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
    ['no host', 'GET /healthz HTTP/1.1\r\n\r\n'],
    [
      'two hosts',
      'GET /healthz HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\nconnection: close\r\n\r\n',
    ],
    [
      'two tokens',
      `GET /v1/info HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer a\r\nauthorization: Bearer admin\r\nconnection: close\r\n\r\n`,
    ],
  ])('refuses a request with %s and reads nothing after it', async (_, bytes) => {
    await start()
    const { answer, socket } = raw(bytes + last)
    const text = await answer
    socket.destroy()
    expect([400, 501]).toContain(statuses(text)[0])
    expect(statuses(text)).toHaveLength(1)
    expect(hub.bus.log.last).toBe(0)
  })

  it('says that the host is missing', async () => {
    await start()
    const text = await raw('GET /healthz HTTP/1.1\r\n\r\n').answer
    expect([statuses(text), codeIn(text)]).toEqual([[400], 'TCN_HTTP_HEADER'])
  })

  it.each([
    ['without a token', 'content-length: 5000000', 401],
    ['that is too long', 'authorization: Bearer admin\r\ncontent-length: 500000000', 413],
  ])('asks for no body of a request %s', async (_, headers, status) => {
    await start()
    const head = `POST /v1/events HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\n${json}`
    expect(statuses(await raw(`${head}${headers}\r\n\r\n`).answer)).toEqual([status])
  })

  it('asks a client that waits for it for the body, and answers it', async () => {
    await start()
    const { answer, socket } = raw(
      `${head}${json}expect: 100-continue\r\nconnection: close\r\ncontent-length: ${event.length}\r\n\r\n`,
    )
    socket.once('data', () => socket.write(event))
    expect(statuses(await answer)).toEqual([100, 200])
  })

  it('answers an offer to upgrade over HTTP/1.0 as if there was none', async () => {
    await start()
    const text = await raw(
      'GET /v1/ws HTTP/1.0\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
        'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    ).answer
    expect(statuses(text)).toEqual([426])
  })

  it('refuses headers that are too large', async () => {
    await start({ limits: { headers: 4096 } })
    const text = await raw(`GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(8000)}\r\n\r\n`)
      .answer
    expect(statuses(text)).toEqual([431])
    expect(codeIn(text)).toBe('TCN_HTTP_HEADERS')
  })

  it('refuses more headers than the limit', async () => {
    await start()
    const many = Array.from({ length: 150 }, (_, n) => `x${n}: 1\r\n`).join('')
    const text = await raw(`GET /healthz HTTP/1.1\r\nhost: localhost\r\n${many}connection: close\r\n\r\n`)
      .answer
    expect(statuses(text)).toEqual([431])
  })

  it('closes a peer that sends its headers byte by byte indefinitely', async () => {
    await start({ limits: { headersTimeout: 300 } })
    const { answer, socket } = raw('GET /healthz HTTP/1.1\r\nhost: local')
    const drip = setInterval(() => socket.writable && socket.write('x'), 50)
    const text = await answer
    clearInterval(drip)
    expect(codeIn(text)).toBe('TCN_HTTP_TIMEOUT')
  })

  it('closes a peer that sends its body byte by byte indefinitely', async () => {
    await start({ limits: { requestTimeout: 300 } })
    const { answer, socket } = raw(`${head}${json}content-length: 1000\r\n\r\n{`)
    const drip = setInterval(() => socket.writable && socket.write(' '), 50)
    const text = await answer
    clearInterval(drip)
    expect(codeIn(text)).toBe('TCN_HTTP_TIMEOUT')
  })

  it('refuses connections above the limit with an error', async () => {
    await start({ limits: { connections: 2 } })
    const idle = [raw(''), raw('')]
    await expect.poll(() => hub.server.connections).toBe(2)
    expect(codeIn(await raw(last).answer)).toBe('TCN_HTTP_TOO_MANY')
    for (const { socket } of idle) socket.destroy()
    await expect.poll(() => hub.server.connections).toBe(0)
    expect(statuses(await raw(last).answer)).toEqual([200])
  })

  it('answers others while a peer opens one silent connection after the other', async () => {
    await start({ budgets: { connections: 40 }, limits: { connections: 40 } })
    const known = await openWebSocket(`${hub.url}/v1/ws`, 'tocsin.v1+json')
    known.socket.send('{"op":"hello","version":1,"token":"admin"}')
    expect(await known.json()).toMatchObject({ op: 'welcome' })
    const silent = await openWebSocket(`${hub.url}/v1/ws`, 'tocsin.v1')
    const sockets = Array.from({ length: 100 }, () => raw('').socket)
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    expect(statuses(await raw(last).answer)).toEqual([200])
    await silent.closed()
    known.socket.send('{"op":"ping"}')
    expect(await known.json()).toMatchObject({ op: 'pong' })
    for (const socket of sockets) socket.destroy()
  })

  it('refuses any expectation except 100-continue', async () => {
    await start()
    const refused = await raw(`${head}${json}expect: miracles\r\ncontent-length: 11\r\n\r\n`).answer
    expect(statuses(refused)[0]).toBeGreaterThanOrEqual(400)
    const taken = await raw(
      `${head}${json}connection: close\r\nexpect: 100-continue\r\ncontent-length: 11\r\n\r\n${event}`,
    ).answer
    expect(statuses(taken)).toEqual([100, 200])
  })

  it('answers requests that arrive in one piece in their order', async () => {
    await start()
    const text = await raw(`${head}${json}content-length: 11\r\n\r\n${event}${last}`).answer
    expect(statuses(text)).toEqual([200, 200])
    expect(text.indexOf('"cursor"')).toBeLessThan(text.indexOf('"status":"ok"'))
  })

  it('reveals nothing about the body to a peer without rights', async () => {
    await start()
    const body = '{"tag":"a","tag":"b"}'
    const text = await raw(
      `POST /v1/events HTTP/1.1\r\nhost: localhost\r\n${json}content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    ).answer
    expect(codeIn(text)).toBe('TCN_ACCESS_NO_TOKEN')
  })

  it('reveals nothing about internal errors', async () => {
    await start({
      server: {
        identify: () => {
          throw new Error('secret at /home/x')
        },
      },
    })
    const response = await hub.fetch('admin', '/v1/info')
    const text = await response.text()
    expect(response.status).toBe(500)
    expect(text).not.toContain('secret')
  })

  it('finds nothing under a path that leads out of its folder', async () => {
    await start()
    for (const path of [
      '//evil.example/healthz',
      '/v1/../healthz',
      '/%2e%2e/healthz',
      '/v1/%ZZ',
      '/healthz%00',
    ]) {
      const text = await raw(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`).answer
      expect([path, statuses(text)[0]]).toEqual([path, 404])
    }
  })

  it.each([
    ['a body', 'content-length: 5\r\n', 'hello', ''],
    ['a request with many headers', '', '', Array.from({ length: 60 }, (_, i) => `x-${i}: 1\r\n`).join('')],
  ])(
    'a stream whose request is followed by %s and another request hurts nobody',
    async (_, length, body, more) => {
      await start()
      const stream = `GET /v1/stream HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer admin\r\n${length}\r\n${body}`
      const again = `GET /v1/info HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer admin\r\n${more}\r\n`
      for (let i = 0; i < 5; i++) {
        const { socket } = raw(stream + again)
        await Promise.race([once(socket, 'data'), once(socket, 'close')])
        socket.destroy()
      }
      expect(statuses(await raw(last).answer)).toEqual([200])
    },
  )
})
