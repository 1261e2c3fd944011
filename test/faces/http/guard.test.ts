import { afterEach, describe, expect, it } from 'vitest'
import { type HttpFixture, type HttpFixtureOptions, startHttpFixture } from './fixture.js'

let hub: HttpFixture
const start = async (options: HttpFixtureOptions = {}) => {
  hub = await startHttpFixture(options)
}
afterEach(() => hub.close())

const inject = (url: string, headers: Record<string, string>, method: 'GET' | 'OPTIONS' = 'GET') =>
  hub.server.app.inject({ method, url, headers })

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
    expect((await ask('https://ui.example')).headers['access-control-allow-methods']).toBe('GET')
    expect((await ask('https://evil.example')).statusCode).toBe(403)
  })

  it('reports an unknown path, a missing upgrade, a wrong method and an unknown parameter', async () => {
    await start()
    expect(await (await hub.fetch('admin', '/v1/nothing')).json()).toMatchObject({ code: 'TCN_HTTP_ROUTE' })
    const upgrade = await hub.fetch('admin', '/v1/ws')
    expect(upgrade.headers.get('upgrade')).toBe('websocket')
    expect(await upgrade.json()).toMatchObject({ code: 'TCN_HTTP_UPGRADE', status: 426 })
    const wrong = await hub.fetch('admin', '/v1/info', { method: 'DELETE' })
    expect(wrong.headers.get('allow')).toBe('GET')
    expect(await wrong.json()).toMatchObject({ code: 'TCN_HTTP_METHOD', status: 405 })
    const query = await (await hub.fetch('admin', '/v1/info?verbose=1')).json()
    expect(query).toMatchObject({ code: 'TCN_HTTP_QUERY', details: { parameter: 'verbose' } })
  })
})
