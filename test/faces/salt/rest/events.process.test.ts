import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { EventSource } from 'eventsource'
import { afterEach, expect, it } from 'vitest'
import { Ext } from '../../../../src/event/index.js'
import { RawPeer, type RestFixture, StreamReader, startRest } from './fixture.js'

let rest: RestFixture

afterEach(() => rest.close())

const STAMP = '2026-11-20T04:42:33.603103'

async function raw(token: string, more = ''): Promise<RawPeer> {
  return RawPeer.open(
    rest.port,
    `GET /events HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: ${token}\r\n${more}\r\n`,
  )
}

it('sends the bytes of salt-api: one chunk with the reconnection delay, two for each event', async () => {
  rest = await startRest()
  const token = await rest.login()
  const peer = await raw(token)
  await expect.poll(() => peer.body).toBe('b\r\nretry: 400\n\r\n')
  await rest.fire('salt/run/1/new', { fun: 'runner.x', text: 'hé\u2028', n: 1, f: 1.5, _stamp: STAMP })
  const tag = 'tag: salt/run/1/new\n'
  const data = `data: {"data": {"fun": "runner.x", "text": "hé\u2028", "n": 1, "f": 1.5, "_stamp": "${STAMP}"}, "tag": "salt/run/1/new"}\n\n`
  const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
  await expect.poll(() => peer.body).toBe(`b\r\nretry: 400\n\r\n${chunk(tag)}${chunk(data)}`)
  const lines = peer.head.split('\r\n')
  expect(lines[0]).toBe('HTTP/1.1 200 OK')
  expect(lines).toEqual(
    expect.arrayContaining([
      'Content-Type: text/event-stream;charset=utf-8',
      'Cache-Control: no-cache',
      'Connection: keep-alive',
      'Transfer-Encoding: chunked',
      'Access-Control-Allow-Origin: *',
      'Access-Control-Expose-Headers: GET, POST',
      'Access-Control-Allow-Credentials: true',
    ]),
  )
  expect(peer.head).toMatch(
    new RegExp(
      `^Set-Cookie: session_id=${token}; expires=\\w{3}, [^;]+ GMT; Max-Age=36000; Path=/; HttpOnly; SameSite=Lax\\r?$`,
      'm',
    ),
  )
  peer.socket.destroy()
})

it('keeps a tag with line breaks in one line, and sends it as it is in the data', async () => {
  rest = await startRest()
  const peer = await raw(await rest.login())
  await expect.poll(() => peer.body).toContain('retry')
  const tag = 'a\nevent: end\r\tb\u001b'
  await rest.fire(tag, { n: 1, _stamp: STAMP })
  const json = JSON.stringify(tag)
  await expect
    .poll(() => peer.body)
    .toContain(`data: {"data": {"n": 1, "_stamp": "${STAMP}"}, "tag": ${json}}\n\n`)
  expect(peer.body).toContain('tag: a\\nevent: end\\r\tb\u001b\n')
  expect(peer.body).not.toContain('\nevent:')
  peer.socket.destroy()
})

it('sends the body without chunks to an HTTP/1.0 client', async () => {
  rest = await startRest()
  const token = await rest.login()
  const peer = await RawPeer.open(rest.port, `GET /events?token=${token} HTTP/1.0\r\n\r\n`)
  await expect.poll(() => peer.body).toBe('retry: 400\n')
  await rest.fire('a', { _stamp: STAMP })
  await expect
    .poll(() => peer.body)
    .toBe(`retry: 400\ntag: a\ndata: {"data": {"_stamp": "${STAMP}"}, "tag": "a"}\n\n`)
  peer.socket.destroy()
})

it('accepts a token in the header, cookie or query, and refuses invalid ones', async () => {
  rest = await startRest()
  const token = await rest.login()
  const issued = await rest.ask('/token', {
    method: 'POST',
    body: new URLSearchParams({ username: 'saltuser', password: 'correct horse', eauth: 'auto' }),
  })
  const [salt] = (await issued.json()) as { token: string }[]
  const ways: [string, Record<string, string>][] = [
    ['/events', { 'x-auth-token': token }],
    ['/events', { cookie: `other=1; session_id=${token}` }],
    [`/events?token=${token}`, {}],
    [`/events?salt_token=${salt.token}`, {}],
    [`/events?token=${salt.token}`, {}],
  ]
  for (const [path, headers] of ways) {
    const stream = await StreamReader.open(rest.url + path, headers)
    expect(stream.response.statusCode).toBe(200)
    stream.close()
  }
  for (const wrong of ['', 'zz', '0'.repeat(40), '0'.repeat(64), token.slice(1), 'f'.repeat(5000)]) {
    const response = await rest.ask('/events', { headers: { 'x-auth-token': wrong } })
    expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toBe('text/html;charset=utf-8')
  }
})

it('answers HEAD with the headers of a stream, and nothing else', async () => {
  rest = await startRest()
  const response = await rest.ask('/events', {
    method: 'HEAD',
    headers: { 'x-auth-token': await rest.login() },
  })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/event-stream;charset=utf-8')
  expect(response.headers.get('content-length')).toBeNull()
})

it('refuses tokens in the URL if they are switched off', async () => {
  rest = await startRest({ tokensInQuery: false })
  const token = await rest.login()
  expect((await rest.ask(`/events?token=${token}`)).status).toBe(400)
  expect((await rest.ask(`/events?salt_token=${token}`)).status).toBe(400)
})

it('does not let a foreign page use the cookie, unless its origin is configured', async () => {
  rest = await startRest({ origins: ['https://gui.example'] })
  const cookie = `session_id=${await rest.login()}`
  const status = async (origin: string) => {
    const stream = await StreamReader.open(`${rest.url}/events`, { cookie, origin })
    stream.close()
    return stream.response.statusCode
  }
  expect(await status('https://evil.example')).toBe(401)
  expect(await status('https://gui.example')).toBe(200)
  expect(await status(rest.url)).toBe(200)
})

it('continues after values that JSON cannot represent', async () => {
  rest = await startRest()
  const stream = await StreamReader.open(`${rest.url}/events`, { 'x-auth-token': await rest.login() })
  const datetime = new Ext(78, new TextEncoder().encode('20240102T03:04:05.000006'))
  await rest.fire('poison/bytes', { b: Uint8Array.of(0, 255), _stamp: STAMP })
  await rest.fire('poison/datetime', { d: datetime, _stamp: STAMP })
  await rest.fire('poison/ext', { e: new Ext(5, Uint8Array.of(0xff)), n: Number.NaN, _stamp: STAMP })
  await rest.fire(
    'poison/keys',
    new Map<unknown, unknown>([
      [1, 2],
      [Uint8Array.of(255), [null]],
    ]),
  )
  await rest.fire('after', { _stamp: STAMP })
  await expect.poll(() => stream.tags.at(-1)).toBe('after')
  expect(stream.text).toContain('{"b": "AP8=", ')
  expect(stream.text).toContain('{"d": "2024-01-02 03:04:05.000006", ')
  expect(stream.tags).toHaveLength(5)
  stream.close()
})

it('shows the events that the bus shows, the principal may see, and the request selects', async () => {
  rest = await startRest({}, { few: { see: ['salt/job/'] } }, { show: ['host/*'] })
  await rest.hub.access.passwords.set('few', 'few passwords')
  const all = await StreamReader.open(`${rest.url}/events?token=${await rest.login()}`)
  const few = await StreamReader.open(
    `${rest.url}/events?token=${await rest.login('few', 'pam', 'few passwords')}`,
  )
  const asked = await StreamReader.open(
    `${rest.url}/events?token=${await rest.login()}&tag=salt/job/*/ret/*&tag=host/`,
  )
  await expect.poll(() => [all, few, asked].every(({ text }) => text !== '')).toBe(true)
  const client = await rest.test.connect()
  await client.publish('other/x', {}, { source: 'else' })
  await client.publish('host/x', 'no map', { source: 'else' })
  for (const tag of ['salt/job/1/new', 'salt/job/1/ret/web', 'salt/auth', 'salt/job/2/ret/db']) {
    await rest.fire(tag, {})
  }
  await expect.poll(() => asked.tags).toEqual(['host/x', 'salt/job/1/ret/web', 'salt/job/2/ret/db'])
  await expect.poll(() => few.tags).toEqual(['salt/job/1/new', 'salt/job/1/ret/web', 'salt/job/2/ret/db'])
  expect(all.tags).toEqual([
    'host/x',
    'salt/job/1/new',
    'salt/job/1/ret/web',
    'salt/auth',
    'salt/job/2/ret/db',
  ])
  expect(all.text).toMatch(
    /data: \{"data": \{"data": "no map", "_stamp": "\d{4}-[^"]+"\}, "tag": "host\/x"\}/,
  )
  for (const stream of [all, few, asked]) stream.close()
  await client.close()
})

it('sends ids to a client that asks for a position, so that EventSource resumes where it was', async () => {
  rest = await startRest()
  await rest.fire('before', { n: 1 })
  const seen: string[] = []
  const source = new EventSource(`${rest.url}/events?from=start&token=${await rest.login()}`)
  source.onmessage = ({ data }) => seen.push(JSON.parse(data).tag)
  await expect.poll(() => seen).toEqual(['before'])
  source.close()
  const first = await StreamReader.open(`${rest.url}/events?from=start`, {
    'x-auth-token': await rest.login(),
  })
  await expect.poll(() => first.text).toMatch(/^retry: 400\nid: \S+\ntag: before\ndata: /)
  const id = /id: (\S+)/.exec(first.text)?.[1] ?? ''
  first.close()
  await rest.fire('after', { n: 2 })
  const second = await StreamReader.open(`${rest.url}/events`, {
    'x-auth-token': await rest.login(),
    'last-event-id': id,
  })
  await expect.poll(() => second.tags).toEqual(['after'])
  second.close()
})

it('ends with its session: at logout, at its expiry, and when the password changes', async () => {
  rest = await startRest({ sessionTimeout: '1500ms', tokenExpire: '1h' })
  const open = (token: string) => StreamReader.open(`${rest.url}/events`, { 'x-auth-token': token })
  const token = await rest.login()
  const [logout, other] = [await open(token), await open(await rest.login())]
  const answer = await rest.ask('/logout', { method: 'POST', headers: { 'x-auth-token': token } })
  expect(await answer.text()).toBe('{"return": "Your token has been cleared"}')
  await expect.poll(() => logout.ended).toBe(true)
  expect(logout.response.complete).toBe(true)
  await expect.poll(() => other.ended, { timeout: 30_000 }).toBe(true)
  const third = await open(await rest.login())
  await rest.hub.access.passwords.set('saltuser', 'another password')
  await expect.poll(() => third.ended).toBe(true)
  expect((await rest.ask('/events', { headers: { 'x-auth-token': token } })).status).toBe(401)
})

it('is read by curl', async () => {
  rest = await startRest()
  const curl = spawn('curl', ['-sSN', `${rest.url}/events?token=${await rest.login()}`])
  let text = ''
  curl.stdout.on('data', (data) => {
    text += data
  })
  await expect.poll(() => text).toBe('retry: 400\n')
  await rest.fire('a', { _stamp: STAMP })
  await expect.poll(() => text).toContain(`data: {"data": {"_stamp": "${STAMP}"}, "tag": "a"}\n\n`)
  const ended = once(curl, 'close')
  await rest.hub.stop()
  const [code] = await ended
  expect(code).toBe(0)
})

it('sends a reader that has stopped everything it missed, and never delays other readers', async () => {
  rest = await startRest()
  const token = await rest.login()
  const stalled = await StreamReader.open(`${rest.url}/events?token=${token}`)
  const reader = await StreamReader.open(`${rest.url}/events?token=${token}`)
  await expect.poll(() => reader.text).toBe('retry: 400\n')
  stalled.response.pause()
  const text = 'x'.repeat(100_000)
  for (let n = 0; n < 120; n++) await rest.fire(`n/${n}`, { text })
  await expect.poll(() => reader.tags.length).toBe(120)
  expect(stalled.tags.length).toBeLessThan(120)
  stalled.response.resume()
  await expect.poll(() => stalled.tags).toEqual(reader.tags)
  stalled.close()
  reader.close()
})

it('accepts no more connections than the HTTP limits allow', async () => {
  rest = await startRest({}, {}, {}, { http: { connections: 4 } })
  const peers = await Promise.all(
    Array.from({ length: 6 }, () => RawPeer.open(rest.port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')),
  )
  await expect.poll(() => peers.filter(({ text }) => text.startsWith('HTTP/1.1 503')).length).toBe(2)
  await expect.poll(() => peers.filter(({ text }) => text.startsWith('HTTP/1.1 200')).length).toBe(4)
  for (const { socket } of peers) socket.destroy()
})
