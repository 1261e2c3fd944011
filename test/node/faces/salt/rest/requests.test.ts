// Runs on each supported Node.js: HTTP parsing and its limits.
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import {
  PASSWORD,
  RawPeer,
  type RestFixture,
  StreamReader,
  startRest,
} from '../../../../faces/salt/rest/fixture.js'

let rest: RestFixture

afterEach(() => rest.close())

const json = { 'content-type': 'application/json' }

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return rest.ask(path, { method: 'POST', body: JSON.stringify(body), headers: { ...json, ...headers } })
}

describe('logins', () => {
  it('answer with a token of 40 hex digits in header, cookie and body', async () => {
    rest = await startRest()
    const credentials = { username: 'saltuser', password: PASSWORD, eauth: 'auto' }
    for (const body of [credentials, [credentials]]) {
      const response = await post('/login', body)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('application/json')
      const token = response.headers.get('x-auth-token') ?? ''
      expect(token).toMatch(/^[0-9a-f]{40}$/)
      expect(response.headers.get('set-cookie')).toMatch(
        new RegExp(`^session_id=${token}; expires=[^;]+; Max-Age=36000; Path=/; HttpOnly; SameSite=Lax$`),
      )
      expect(await response.text()).toMatch(
        new RegExp(
          `^{"return": \\[{"token": "${token}", "expire": [\\d.]+, "start": [\\d.]+, "user": "saltuser", "eauth": "auto", "perms": .*}\\]}$`,
        ),
      )
    }
  })

  it('leave their cookie to pages of other sites if origins are configured', async () => {
    rest = await startRest({ origins: ['https://gui.example'] })
    const response = await post('/login', { username: 'saltuser', password: PASSWORD, eauth: 'auto' })
    expect(response.headers.get('set-cookie')).toMatch(/; Path=\/; HttpOnly$/)
  })

  it('report the permissions of their user: to see events, if the user may see any', async () => {
    rest = await startRest({}, { blind: { publish: '*' } })
    await rest.hub.access.passwords.set('blind', PASSWORD)
    const perms = async (username: string) => {
      const answer = await post('/login', { username, password: PASSWORD, eauth: 'pam' })
      const { return: logins } = (await answer.json()) as { return: { perms: unknown }[] }
      return logins[0].perms
    }
    expect(await perms('saltuser')).toEqual(['@events'])
    expect(await perms('blind')).toEqual({})
  })

  it('are accepted and answered as YAML', async () => {
    rest = await startRest()
    const response = await rest.ask('/login', {
      method: 'POST',
      headers: { 'content-type': 'application/x-yaml', accept: 'application/x-yaml' },
      body: `username: saltuser\npassword: ${PASSWORD}\neauth: pam\n`,
    })
    expect(response.headers.get('content-type')).toBe('application/x-yaml')
    const text = await response.text()
    expect(text).toMatch(/^return:\n- eauth: pam\n {2}expire: /)
    expect(parse(text).return[0].user).toBe('saltuser')
  })

  it('are refused with a wrong password, user, backend or body', async () => {
    rest = await startRest()
    const good = { username: 'saltuser', password: PASSWORD, eauth: 'pam' }
    for (const wrong of [
      { password: 'x' },
      { username: 'nobody' },
      { eauth: 'ldap' },
      { eauth: undefined },
    ]) {
      const response = await post('/login', { ...good, ...wrong })
      expect(response.status).toBe(401)
      expect(await response.text()).toContain('No permission -- see authorization schemes')
    }
    expect((await post('/login', [])).status).toBe(401)
    expect((await rest.ask('/login', { method: 'POST' })).status).toBe(401)
    expect((await rest.ask('/login', { method: 'POST', body: '{', headers: json })).status).toBe(400)
    expect(
      (await rest.ask('/login', { method: 'POST', body: '<x/>', headers: { 'content-type': 'text/xml' } }))
        .status,
    ).toBe(406)
    expect((await post('/login', { ...good, more: 'x'.repeat(100_000) })).status).toBe(413)
    expect((await post('/token', { username: 'saltuser' })).status).toBe(400)
  })

  it('issue tokens of 64 hex digits without a session', async () => {
    rest = await startRest()
    const response = await post('/token', { username: 'saltuser', password: PASSWORD, eauth: 'pam' })
    expect(await response.text()).toMatch(
      /^\[\{"start": [\d.]+, "token": "[0-9a-f]{64}", "expire": [\d.]+, "name": "saltuser", "eauth": "pam"\}\]$/,
    )
    expect(response.headers.get('set-cookie')).toBe(null)
  })

  it('are slowed down after repeated wrong passwords', async () => {
    rest = await startRest({ eauth: { sharedsecret: { filename: '/dev/null', users: { '*': 'saltuser' } } } })
    const statuses: number[] = []
    for (let n = 0; n < 22; n++) {
      const body = { username: 'x', password: `guess ${n}`, eauth: 'sharedsecret' }
      statuses.push((await post('/login', body)).status)
    }
    expect(statuses[0]).toBe(401)
    expect(statuses.at(-1)).toBe(429)
  })
})

describe('other paths', () => {
  it('answer like salt-api', async () => {
    rest = await startRest()
    expect(await (await rest.ask('/')).text()).toBe(
      '{"return": "Welcome", "clients": ["local", "local_async", "local_batch", "local_subset", "runner", "runner_async", "ssh", "wheel", "wheel_async"]}',
    )
    const please = await rest.ask('/login')
    expect(please.status).toBe(200)
    expect(please.headers.get('www-authenticate')).toBe('Session')
    expect(await please.text()).toContain('"return": "Please log in"')
    expect((await rest.ask('/', { headers: { accept: 'text/xml' } })).status).toBe(406)
    expect((await rest.ask('/nothing')).status).toBe(404)
    const wrong = await rest.ask('/events', { method: 'POST' })
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
    const hook = await rest.ask('/hook/x')
    expect([hook.status, hook.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
    expect((await rest.ask('/logout', { method: 'POST' })).status).toBe(401)
  })

  it('answer every origin, and preflight requests', async () => {
    rest = await startRest()
    const response = await rest.ask('/events', {
      method: 'OPTIONS',
      headers: { origin: 'https://gui.example', 'access-control-request-method': 'GET' },
    })
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('')
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': 'https://gui.example',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'GET, POST',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'Content-Type, X-Auth-Token, X-Requested-With',
      'access-control-max-age': '1400',
    })
    const plain = await rest.ask('/')
    expect(plain.headers.get('access-control-allow-origin')).toBe('*')
  })

  it('report why only a Salt master could answer', async () => {
    rest = await startRest()
    const token = await rest.login()
    for (const [method, path] of [
      ['POST', '/'],
      ['POST', '/minions'],
      ['GET', '/minions/web1'],
      ['GET', '/jobs'],
      ['GET', '/jobs/20260101000000000000'],
      ['GET', '/keys'],
      ['POST', '/keys'],
      ['GET', '/stats'],
    ]) {
      expect((await rest.ask(path, { method })).status).toBe(401)
      const response = await rest.ask(path, { method, headers: { 'x-auth-token': token } })
      expect(response.status).toBe(501)
      expect(await response.json()).toMatchObject({
        status: 501,
        return: expect.stringContaining(`${method} ${path} needs a Salt master`),
      })
    }
    expect((await rest.ask('/run', { method: 'POST' })).status).toBe(501)
  })
})

describe('hooks', () => {
  it('publish events without the secrets of the request', async () => {
    rest = await startRest()
    const token = await rest.login()
    const stream = await StreamReader.open(`${rest.url}/events?token=${token}`)
    const body = '{"deploy": "v1", "n": [1, 2]}'
    const response = await rest.ask('/hook/ci/build%20one', {
      method: 'POST',
      headers: {
        ...json,
        'x-auth-token': token,
        authorization: 'Bearer secret-bearer',
        cookie: `session_id=${token}`,
        'x-event': 'push',
      },
      body,
    })
    expect(await response.text()).toBe('{"success": true}')
    await expect.poll(() => stream.tags).toEqual(['salt/netapi/hook/ci/build one'])
    const { data } = JSON.parse(/^data: (.*)$/m.exec(stream.text)?.[1] ?? '')
    expect(Object.keys(data)).toEqual(['body', 'post', 'headers', '_stamp'])
    expect(data).toMatchObject({
      body,
      post: { deploy: 'v1', n: [1, 2] },
      headers: { 'X-Event': 'push', 'Content-Type': 'application/json', 'Remote-Addr': '127.0.0.1' },
    })
    expect(stream.text).not.toContain(token)
    expect(stream.text).not.toContain('secret-bearer')
    stream.close()
  })

  it('publish the address of the connection, not one that the caller names', async () => {
    rest = await startRest()
    const token = await rest.login()
    const stream = await StreamReader.open(`${rest.url}/events?token=${token}`)
    await post('/hook/ci', {}, { 'x-auth-token': token, 'remote-addr': '192.0.2.1' })
    await expect.poll(() => stream.tags).toEqual(['salt/netapi/hook/ci'])
    expect(stream.text).toContain('"Remote-Addr": "127.0.0.1"')
    expect(stream.text).not.toContain('192.0.2.1')
    stream.close()
  })

  it('accept forms, text and empty bodies', async () => {
    rest = await startRest()
    const token = await rest.login()
    const stream = await StreamReader.open(`${rest.url}/events?token=${token}`)
    const send = (body: string | undefined, type: string) =>
      rest.ask('/hook', { method: 'POST', body, headers: { 'x-auth-token': token, 'content-type': type } })
    for (const [body, type] of [
      ['a=1&b=2&b=3', 'application/x-www-form-urlencoded'],
      ['just text', 'text/plain'],
      ['[]', 'application/json'],
      [undefined, 'application/json'],
    ] as const) {
      expect((await send(body, type)).status).toBe(200)
    }
    await expect.poll(() => stream.tags).toHaveLength(4)
    const events = [...stream.text.matchAll(/^data: (.*)$/gm)].map(([, text]) => JSON.parse(text).data)
    expect(events.map(({ body, post }) => ({ body, post }))).toEqual([
      { body: 'a=1&b=2&b=3', post: { a: '1', b: ['2', '3'] } },
      { body: 'just text', post: 'just text' },
      { body: '[]', post: {} },
      { body: '', post: {} },
    ])
    stream.close()
  })

  it('publish long bodies as they publish short ones', async () => {
    rest = await startRest()
    const token = await rest.login()
    const stream = await StreamReader.open(`${rest.url}/events?token=${token}`)
    const filler = 'ä'.repeat(50_000)
    const list = `[9007199254740993, ${JSON.stringify(filler)}]`
    for (const [body, type, post] of [
      [
        `{"n": 9007199254740993, "list": ${list}}`,
        'application/json',
        `{"n": 9007199254740993, "list": ${list}}`,
      ],
      [`${' '.repeat(50_000)}{}`, 'application/json', '{}'],
      [list, 'text/plain', list],
      [filler, 'text/plain', JSON.stringify(filler)],
      [`a=1&b=${filler}&a=2`, 'application/x-www-form-urlencoded', `{"a": ["1", "2"], "b": "${filler}"}`],
    ] as const) {
      const seen = stream.tags.length
      const headers = { 'x-auth-token': token, 'content-type': type }
      expect((await rest.ask('/hook', { method: 'POST', body, headers })).status).toBe(200)
      await expect.poll(() => stream.tags.length).toBe(seen + 1)
      await expect.poll(() => stream.text.endsWith('\n\n')).toBe(true)
      const event = stream.text.slice(stream.text.lastIndexOf('data: '))
      expect(event.includes(`{"data": {"body": ${JSON.stringify(body)}, "post": ${post}, "headers": `)).toBe(
        true,
      )
    }
    stream.close()
  })

  it.each([
    ['a key twice', '{"a": 1, "a": 2}'],
    ['half of a surrogate pair', '["\\ud800"]'],
    ['what is no JSON', '[1,]'],
  ])('refuse JSON with %s, however long it is', async (_what, odd) => {
    rest = await startRest()
    const headers = { ...json, 'x-auth-token': await rest.login() }
    for (const body of [odd, `["${'x'.repeat(50_000)}", ${odd}]`]) {
      const response = await rest.ask('/hook', { method: 'POST', body, headers })
      expect(response.status).toBe(400)
      expect(await response.text()).toContain('Invalid JSON document')
    }
  })

  it('require a token and the right to publish that tag', async () => {
    rest = await startRest({}, { ci: { publish: ['salt/netapi/hook/ci/'] }, reader: { see: '*' } })
    for (const name of ['ci', 'reader']) await rest.hub.access.passwords.set(name, PASSWORD)
    const status = async (path: string, user?: string) => {
      const headers: Record<string, string> =
        user === undefined ? {} : { 'x-auth-token': await rest.login(user) }
      return (await rest.ask(path, { method: 'POST', headers })).status
    }
    expect(await status('/hook/ci/x')).toBe(401)
    expect(await status('/hook/ci/x', 'ci')).toBe(200)
    expect(await status('/hook/other', 'ci')).toBe(403)
    expect(await status('/hook/ci/x', 'reader')).toBe(403)
    expect(await status('/hook/ci/%0a%0a', 'ci')).toBe(400)
    expect(await status('/hook/ci/a%09b', 'ci')).toBe(200)
    expect(await status(`/hook/ci/${'x'.repeat(1500)}`, 'ci')).toBe(200)
  })

  it('require no token if that is switched off, and use the configured path', async () => {
    rest = await startRest({ webhookDisableAuth: true, webhookUrl: '/in/coming', maxRequestBodySize: '1KiB' })
    expect((await rest.ask('/in/coming/x', { method: 'POST' })).status).toBe(200)
    expect((await rest.ask('/hook/x', { method: 'POST' })).status).toBe(404)
    const large = await rest.ask('/in/coming', { method: 'POST', body: 'x'.repeat(2000) })
    expect(large.status).toBe(413)
  })
})

describe('hostile requests', () => {
  it('are answered without effect on other clients', async () => {
    rest = await startRest()
    const token = await rest.login()
    const stream = await StreamReader.open(`${rest.url}/events?token=${token}`)
    const garbage = await RawPeer.open(rest.port, 'garbage\r\n\r\n')
    await expect.poll(() => garbage.text).toMatch(/^HTTP\/1.1 400 /)
    const headers = await RawPeer.open(
      rest.port,
      `GET / HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(40_000)}\r\n\r\n`,
    )
    await expect.poll(() => headers.text).toMatch(/^HTTP\/1.1 431 /)
    for (const body of ['['.repeat(60_000), '{"a":'.repeat(10_000), `"${'\ud800'}"`]) {
      const response = await rest.ask('/hook', {
        method: 'POST',
        body,
        headers: { ...json, 'x-auth-token': token },
      })
      expect([200, 400]).toContain(response.status)
    }
    const bombs = [
      '['.repeat(4000),
      `a: &a [x]\n${Array.from({ length: 200 }, (_, n) => `b${n}: [*a, *a]`).join('\n')}`,
      '!!js/function x',
    ]
    for (const body of bombs) {
      const response = await rest.ask('/hook', {
        method: 'POST',
        body,
        headers: { 'content-type': 'text/yaml', 'x-auth-token': token },
      })
      expect([200, 400]).toContain(response.status)
    }
    const deep = `${'['.repeat(600)}${']'.repeat(600)}`
    const tooDeep = await rest.ask('/hook', {
      method: 'POST',
      body: deep,
      headers: { ...json, 'x-auth-token': token },
    })
    expect(tooDeep.status).toBe(400)
    await rest.fire('alive', {})
    await expect.poll(() => stream.tags.at(-1)).toBe('alive')
    stream.close()
  })
})
