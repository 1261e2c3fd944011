// Runs on each supported Node.js: HTTP parsing and its limits.
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { makeCertificate } from '../../../../src/faces/shared/make-certificate.js'
import { type HttpFixture, type HttpFixtureOptions, startHttpFixture } from '../../../faces/http/fixture.js'
import { codeIn, HttpPeer, head, statuses } from '../../../faults/http/peer.js'

let hub: HttpFixture
const start = async (options: HttpFixtureOptions = {}) => {
  hub = await startHttpFixture(options)
}
afterEach(() => hub.close())

const json = 'content-type: application/json\r\n'
const event = '{"tag":"a"}'
const health = 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n'
const ask = (bytes: string) => new HttpPeer(hub.port, bytes).closed
const last = `${health}connection: close\r\n\r\n`

describe('a request', () => {
  it('in chunks may carry extensions, which are ignored, but not endless ones', async () => {
    await start()
    const chunks = `${head('POST /v1/events')}${json}transfer-encoding: chunked\r\n\r\n`
    const few = await ask(`${chunks}5;a=b;c="d"\r\n{"tag\r\n6\r\n":"a"}\r\n0\r\n\r\n${last}`)
    expect(statuses(few)).toEqual([200, 200])
    const many = await ask(`${chunks}1;${'x'.repeat(200_000)}`)
    expect(statuses(many)).toEqual([expect.any(Number)])
    expect(statuses(many)[0]).toBeGreaterThanOrEqual(400)
    expect(hub.bus.log.last).toBe(1)
  })

  it('with trailers ignores them', async () => {
    await start()
    const text = await ask(
      `POST /v1/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${json}transfer-encoding: chunked\r\n\r\n0\r\nauthorization: Bearer admin\r\n\r\n`,
    )
    expect(codeIn(text)).toBe('TCN_ACCESS_NO_TOKEN')
  })

  it.each([
    ['identity beside a length', `transfer-encoding: identity\r\ncontent-length: 11\r\n\r\n${event}`],
    ['chunked twice', 'transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['chunked with a tab before it', `transfer-encoding:\tchunked\r\ncontent-length: 11\r\n\r\n${event}`],
    ['chunks larger than a number', 'transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n'],
    ['a chunk with a bare line feed', 'transfer-encoding: chunked\r\n\r\n0\n\n'],
    ['a length of many digits', 'content-length: 99999999999999999999999\r\n\r\n'],
    ['a negative length', `content-length: -11\r\n\r\n${event}`],
    ['lengths in a list', `content-length: 11, 11\r\n\r\n${event}`],
  ])('with %s is refused, and so is everything after it', async (_, rest) => {
    await start()
    const text = await ask(`${head('POST /v1/events')}${json}${rest}${last}`)
    expect(statuses(text)).toHaveLength(1)
    expect(statuses(text)[0]).toBeGreaterThanOrEqual(400)
    expect(hub.bus.log.last).toBe(0)
  })

  it('in HTTP/1.0 is answered, and its connection closed', async () => {
    await start()
    const text = await ask('GET /v1/info HTTP/1.0\r\nhost: localhost\r\nauthorization: Bearer admin\r\n\r\n')
    expect(text).toMatch(/^HTTP\/1\.1 200/)
    expect(statuses(await ask('GET /healthz HTTP/1.0\r\n\r\n'))[0]).toBeGreaterThanOrEqual(400)
    expect(statuses(await ask('GET /healthz HTTP/9.9\r\nhost: localhost\r\n\r\n'))[0]).toBeGreaterThanOrEqual(
      400,
    )
  })

  it.each([
    ['TRACE /healthz', 'TRACE /healthz', [404, 405]],
    ['DELETE /v1/events', 'DELETE /v1/events', [405]],
    ['PATCH /v1/info', 'PATCH /v1/info', [404, 405]],
    ['PUT /v1/events', 'PUT /v1/events', [405]],
    ['CONNECT localhost:22', 'CONNECT localhost:22', [undefined]],
    ['FOO /healthz', 'FOO /healthz', [400]],
    ['GET http://evil.example/healthz', 'GET http://evil.example/healthz', [421]],
    ['GET http://[/healthz', 'GET http://[/healthz', [400, 404]],
    ['GET /v1%2fevents', 'GET /v1%2fevents', [404]],
    ['GET /v1/events/..%2f..%2fhealthz', 'GET /v1/events/..%2f..%2fhealthz', [400, 404]],
    ['GET /v1/./info', 'GET /v1/./info', [404]],
    ['GET /V1/INFO', 'GET /V1/INFO', [404]],
    ['GET /v1/events/', 'GET /v1/events/', [400, 404]],
    ['GET *', 'GET *', [400, 404]],
    ['OPTIONS *', 'OPTIONS *', [200, 204, 400, 404]],
    ['a URL that is too long', `GET /healthz?${'x'.repeat(9000)}`, [414]],
    ['a query with too many parameters', `GET /healthz?${'x=1&'.repeat(1000)}`, [400]],
  ])('%s receives an appropriate status, and reveals nothing', async (_, line, expected) => {
    await start()
    const text = await ask(`${head(line)}connection: close\r\n\r\n`)
    expect(expected).toContain(statuses(text)[0])
    expect(text).not.toContain('"epoch"')
    expect(text).not.toContain('Bearer admin')
  })

  it.each(['h2c', 'tls/1.0', 'foo'])(
    'that offers an upgrade to %s is answered in HTTP/1.1',
    async (offer) => {
      await start()
      const extra = `connection: Upgrade, HTTP2-Settings\r\nupgrade: ${offer}\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n`
      const body = `content-length: ${event.length}\r\n\r\n${event}`
      const text = await ask(
        `${head('GET /v1/info')}${extra}\r\n${head('POST /v1/events')}${json}${extra}${body}${last}`,
      )
      expect(statuses(text)).toEqual([200, 200, 200])
      expect(hub.bus.log.last).toBe(1)
      await expect.poll(() => hub.server.connections).toBe(0)
    },
  )

  it('that offers an upgrade may be the last that its client sends', async () => {
    await start()
    const socket = connect(hub.port, '127.0.0.1')
    socket.resume().end(`${head('GET /v1/info')}connection: Upgrade\r\nupgrade: h2c\r\n\r\n`)
    await once(socket, 'close')
    expect(statuses(await ask(`${head('GET /v1/info')}connection: close\r\n\r\n`))).toEqual([200])
  })

  it('HEAD for lines of events reads none', async () => {
    await start()
    hub.bus.emit({ tag: 'a', data: 1 })
    const text = await ask(
      `${head('HEAD /v1/events')}accept: application/x-ndjson\r\nconnection: close\r\n\r\n`,
    )
    expect(text).toMatch(/^HTTP\/1\.1 200.*content-type: application\/x-ndjson.*\r\n\r\n$/s)
    expect(text).not.toContain('transfer-encoding')
  })

  it('HEAD answers like GET, without a body', async () => {
    await start()
    const text = await ask(`${head('HEAD /v1/info')}connection: close\r\n\r\n`)
    expect(text).toMatch(/^HTTP\/1\.1 200.*\r\n\r\n$/s)
  })

  it.each(['//', '//evil.example:x/v1/ws', '/v1/%zz', 'http://[/v1/ws'])(
    'to upgrade at %s is refused',
    async (path) => {
      await start()
      const text = await ask(`${head(`GET ${path}`)}connection: Upgrade\r\nupgrade: websocket\r\n\r\n`)
      expect([400, 404]).toContain(statuses(text)[0])
    },
  )
})

describe('a connection', () => {
  it('may send any number of requests ahead, and all are answered', async () => {
    await start()
    const peer = new HttpPeer(hub.port, `${`${head('GET /v1/info')}\r\n`.repeat(200)}${last}`)
    expect(statuses(await peer.closed)).toEqual(Array.from({ length: 201 }, () => 200))
  })

  it('may send any number of requests one after another', async () => {
    await start()
    const peer = new HttpPeer(hub.port)
    for (let n = 1; n <= 200; n++) {
      await peer.write(`${health}\r\n`)
      await expect.poll(() => statuses(peer.received).length, { interval: 1 }).toBe(n)
    }
    peer.socket.destroy()
  })

  it('that does not complete the TLS handshake, or sends plain text instead, is closed', async () => {
    const { certificate, key } = await makeCertificate(['localhost'], 1)
    await start({ limits: { headersTimeout: 300 } })
    const tls = { cert: certificate, key }
    const address = await hub.server.listen({ host: '127.0.0.1', port: 0, tls })
    const port = Number(new URL(address).port)
    const silent = new HttpPeer(port)
    const plain = new HttpPeer(port, last)
    await Promise.all([silent.closed, plain.closed])
    await expect.poll(() => hub.server.connections).toBe(0)
  })
})
