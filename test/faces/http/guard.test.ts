import { afterEach, describe, expect, it } from 'vitest'
import { type HttpFixture, type HttpFixtureOptions, startHttpFixture } from './fixture.js'

let hub: HttpFixture
const start = async (options: HttpFixtureOptions = {}) => {
  hub = await startHttpFixture(options)
}
afterEach(() => hub.close())

const inject = async (url: string, headers: Record<string, string>, method: 'GET' | 'OPTIONS' = 'GET') =>
  (await hub.server.site()).app.inject({ method, url, headers })

describe('the guard of HTTP', () => {
  it('answers health checks without a token', async () => {
    await start()
    expect((await fetch(`${hub.url}/healthz`)).status).toBe(200)
    expect(await (await fetch(`${hub.url}/readyz`)).json()).toEqual({ status: 'ok' })
    const refused = await fetch(`${hub.url}/v1/info`)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toBe('Bearer realm="tocsin"')
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
    expect(await refused.json()).toMatchObject({ code: 'TCN_ACCESS_NO_TOKEN', status: 401 })
  })

  it.each(['Bearer wrong', 'Bearer not a token', 'Basic bm9jb2xvbg==', 'Digest x', ''])(
    'does not take a wrong credential for a missing one: %j',
    async (authorization) => {
      await start()
      const refused = await inject('/v1/info', { host: 'localhost', authorization })
      expect(refused.json()).toMatchObject({ code: 'TCN_ACCESS_TOKEN', status: 401 })
    },
  )

  it('identifies the caller', async () => {
    await start({ grants: { ops: { see: ['a/'] } } })
    const info = await (await hub.fetch('ops', '/v1/info')).json()
    expect(info).toMatchObject({ principal: 'ops', epoch: hub.bus.epoch, durable: false })
  })

  it('refuses an unknown host name, since a page could have pointed it to this machine', async () => {
    await start({ server: { hosts: ['hub.example'] } })
    const status = async (host: string) => (await inject('/healthz', { host })).statusCode
    expect(await status('evil.example')).toBe(421)
    expect(await status('evil.example:4580')).toBe(421)
    expect(await status('127.0.0.1.evil.example')).toBe(421)
    for (const good of [
      'localhost',
      'localhost:4580',
      '127.0.0.1:1',
      '[::1]:4580',
      'HUB.example',
      'hub.example.',
    ]) {
      expect([good, await status(good)]).toEqual([good, 200])
    }
  })

  it('refuses pages of a foreign origin and admits those of a configured origin', async () => {
    await start({ server: { origins: ['https://ui.example'] } })
    const ask = (origin: string) => inject('/healthz', { host: 'localhost:4580', origin })
    expect((await ask('https://evil.example')).statusCode).toBe(403)
    expect((await ask('null')).statusCode).toBe(403)
    expect((await ask('http://localhost:4580')).headers['access-control-allow-origin']).toBeUndefined()
    const good = await ask('https://ui.example')
    expect(good.headers).toMatchObject({
      'access-control-allow-origin': 'https://ui.example',
      vary: 'origin',
    })
  })

  it('answers a preflight request only for a configured origin', async () => {
    await start({ server: { origins: ['https://ui.example'] } })
    const ask = (origin: string) => inject('/v1/info', { host: 'localhost', origin }, 'OPTIONS')
    expect((await ask('https://ui.example')).headers['access-control-allow-methods']).toBe(
      'GET, HEAD, OPTIONS',
    )
    expect((await ask('https://evil.example')).statusCode).toBe(403)
  })

  it('allows pages of a configured origin the headers of events in binary mode', async () => {
    await start({ server: { origins: ['https://ui.example'] } })
    const headers = {
      host: 'localhost',
      origin: 'https://ui.example',
      'access-control-request-headers': 'CE-Id, ce-specversion, content-type, x-other, ce-no_name',
    }
    const answer = await inject('/v1/events', headers, 'OPTIONS')
    const allowed = String(answer.headers['access-control-allow-headers']).split(', ')
    expect(allowed).toEqual(
      expect.arrayContaining(['authorization', 'content-type', 'ce-id', 'ce-specversion']),
    )
    expect(allowed.some((name) => name === 'x-other' || name === 'ce-no_name')).toBe(false)
  })

  it('names every method of a path in the header Allow, HEAD and OPTIONS too', async () => {
    await start()
    const allowed = async (path: string, method: string) =>
      (await hub.fetch('admin', path, { method })).headers.get('allow')
    expect(await allowed('/v1/events', 'PUT')).toBe('POST, GET, HEAD, OPTIONS')
    expect(await allowed('/v1/events', 'OPTIONS')).toBe('POST, GET, HEAD, OPTIONS')
    expect(await allowed('/v1/ticket', 'GET')).toBe('POST, OPTIONS')
  })

  it('says which types and encodings of a body it accepts when it refuses one', async () => {
    await start()
    const post = (headers: Record<string, string>) =>
      hub.fetch('admin', '/v1/events', { method: 'POST', body: 'x', headers })
    const zipped = await post({ 'content-type': 'application/json', 'content-encoding': 'gzip' })
    expect([zipped.status, zipped.headers.get('accept-encoding')]).toEqual([415, 'identity'])
    const image = await post({ 'content-type': 'image/png' })
    expect(image.status).toBe(415)
    expect(image.headers.get('accept')).toContain('application/cloudevents+json')
  })

  it('reports an unknown path, a missing upgrade, a wrong method and an unknown parameter', async () => {
    await start()
    expect(await (await hub.fetch('admin', '/v1/nothing')).json()).toMatchObject({ code: 'TCN_HTTP_ROUTE' })
    const upgrade = await hub.fetch('admin', '/v1/ws')
    expect(upgrade.headers.get('upgrade')).toBe('websocket')
    expect(await upgrade.json()).toMatchObject({ code: 'TCN_HTTP_UPGRADE', status: 426 })
    const wrong = await hub.fetch('admin', '/v1/info', { method: 'DELETE' })
    expect(wrong.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
    expect(await wrong.json()).toMatchObject({ code: 'TCN_HTTP_METHOD', status: 405 })
    const query = await (await hub.fetch('admin', '/v1/info?verbose=1')).json()
    expect(query).toMatchObject({ code: 'TCN_HTTP_QUERY', details: { parameter: 'verbose' } })
  })
})
