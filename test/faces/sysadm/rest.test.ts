import { hostname } from 'node:os'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, type SysadmFixture, startSysadm } from './fixture.js'

let fixture: SysadmFixture
beforeAll(async () => {
  fixture = await startSysadm({
    sysadm: { rest: '127.0.0.1:0' },
    hub: { config: { jobs: { programs: ['sleep'], killAfter: '200ms' } } },
  })
  fixture.publish('sysadm/life-preserver/snapshot', { class: 'snapshot', message: 'm' })
})
afterAll(() => fixture[Symbol.asyncDispose]())

const basic = (user: string, password = PASSWORD) =>
  `Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}\r\n`

/** Sends one request, and returns everything that arrives until the server closes the connection. */
function send(text: string): Promise<string> {
  const { port } = new URL(fixture.rest)
  return new Promise((resolve) => {
    let all = ''
    const socket = connect({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false })
    socket.write(text)
    socket.on('data', (data) => {
      all += data
    })
    socket.on('close', () => resolve(all))
    socket.on('error', () => {})
  })
}

function put(path: string, body: string, headers = basic('root')): Promise<string> {
  const length = `Content-Length: ${Buffer.byteLength(body)}\r\n`
  return send(`PUT ${path} HTTP/1.1\r\nHost: x\r\n${headers}${length}\r\n${body}`)
}

const bodyOf = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n') + 4)

describe('the REST interface', () => {
  it('answers one request of a connection with indented arguments', async () => {
    const answer = await put('/rpc/identify', '', '')
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(answer).toMatch(/\r\nserver: SysAdm\/1\.0\r\n/i)
    expect(bodyOf(answer)).toBe(
      `{\n    "args": {\n        "hostname": "${hostname()}",\n        "type": "server"\n    }\n}\n`,
    )
  })

  it('runs, lists and kills jobs', async () => {
    const args = async (body: string) => bodyOf(await put('/rpc/dispatcher', body)).replaceAll(/\n */g, '')
    expect(await args('{"action":"run","long":"sleep 4321"}')).toBe('{"args": {"started": ["long"]}}')
    expect(await args('{"action":"list"}')).toBe(
      '{"args": {"jobs": {"no_queue": {"long": {"commands": ["sleep 4321"],"state": "running"}}}}}',
    )
    expect(await args('{"action":"kill","job_id":"long"}')).toBe('{"args": {"killed": {"jobs": ["long"]}}}')
  })

  it('lets those with limited rights only look', async () => {
    const answer = await put('/rpc/dispatcher', '{"action":"run","a":"sleep 1"}', basic('operator'))
    expect(answer).toMatch(/^HTTP\/1\.1 403 /)
    expect(bodyOf(answer)).toBe(
      '{\n    "args": {\n        "code": "403",\n        "message": "Forbidden"\n    }\n}\n',
    )
    const query = await put('/rpc/query', '', basic('operator'))
    expect(JSON.parse(bodyOf(query)).args).toMatchObject({ 'rpc/dispatcher': 'read', 'rpc/logs': 'read' })
  })

  it('ignores the case of namespaces and of names, but that of subscribe', async () => {
    expect(await put('/RPC/Query', '')).toMatch(/^HTTP\/1\.1 200 /)
    expect(await put('/Events/unsubscribe', '"dispatcher"')).toMatch(/^HTTP\/1\.1 200 /)
    expect(await put('/events/Subscribe', '"dispatcher"')).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('lists keys, and refuses what is none', async () => {
    const settings = async (args: object) =>
      JSON.parse(bodyOf(await put('/rpc/settings', JSON.stringify(args)))).args
    expect(await settings({ action: 'list_ssl_checksums' })).toEqual({ md5_keys: [] })
    expect(await settings({ action: 'register_ssl_cert', pub_key: 'AAAA' })).toMatchObject({ code: '400' })
  })

  it('answers one request of a connection only', async () => {
    const request = `PUT /rpc/query HTTP/1.1\r\nHost: x\r\n${basic('root')}Content-Length: 0\r\n\r\n`
    const answer = await send(request + request)
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1)
  })

  it('reads logs', async () => {
    const answer = await put('/rpc/logs', '{"action":"read_logs","logs":"events-lifepreserver"}')
    const { args } = JSON.parse(bodyOf(answer))
    expect(Object.values(args['events-lifepreserver'])).toEqual([{ class: 'snapshot', message: 'm' }])
  })

  it('answers subscribe, although nothing can be delivered', async () => {
    const answer = await put('/events/subscribe', '["dispatcher"]')
    expect(bodyOf(answer)).toBe('{\n    "args": {\n        "subscribe": "dispatcher"\n    }\n}\n')
  })

  it.each([
    ['without a login', '/rpc/query', '', '', 401],
    ['with a wrong password', '/rpc/query', '', basic('root', 'wrong'), 401],
    ['by a user without rights', '/rpc/query', '', basic('guest'), 401],
    ['to an unknown name', '/rpc/none', '', basic('root'), 404],
    ['to an unknown namespace', '/none/none', '', basic('root'), 404],
    ['to a path that is none', '/rpc', '', basic('root'), 404],
    ['without JSON', '/rpc/logs', '{', basic('root'), 400],
    ['with an unknown action', '/rpc/logs', '{}', basic('root'), 400],
    ['with an unknown event name', '/events/renew', '[]', basic('root'), 400],
    ['that is too long', '/rpc/logs', `"${'x'.repeat(300_000)}"`, basic('root'), 413],
  ])('refuses a request %s', async (_name, path, body, headers, status) => {
    const answer = await put(path, body, headers)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(JSON.parse(bodyOf(answer)).args).toHaveProperty('message')
  })

  it('knows only PUT, and no WebSockets', async () => {
    expect(await send(`GET /rpc/query HTTP/1.1\r\nHost: x\r\n${basic('root')}\r\n`)).toMatch(
      /^HTTP\/1\.1 400 /,
    )
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
    expect(await send(`GET / HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`)).toMatch(/^HTTP\/1\.1 404 /)
  })
})
