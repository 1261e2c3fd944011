import { once } from 'node:events'
import { hostname } from 'node:os'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { PASSWORD, type SysadmFixture, startSysadm } from './fixture.js'

let fixture: SysadmFixture
beforeAll(async () => {
  fixture = await startSysadm()
})
afterAll(() => fixture[Symbol.asyncDispose]())

const error = (id: string, code: string, message: string) =>
  `{"args":{"code":"${code}","message":"${message}"},"id":"${id}","name":"error","namespace":"error"}`
const unauthorized = (id: string) => error(id, '401', 'Unauthorized')
const TOKEN = '[A-Za-z0-9]{20}'

describe('the handshake', () => {
  it('has the headers of the genuine server, on any path and for any origin', async () => {
    const client = await fixture.connect()
    expect(client.headers).toMatchObject({
      server: 'sysadm-server',
      'access-control-allow-credentials': 'false',
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': 'content-type',
      'access-control-allow-origin': 'sysadm-client',
    })
    expect(client.socket.protocol).toBe('')
    expect(client.socket.extensions).toBe('')
    const other = new WebSocket(`${fixture.url}/any/where?x=1`, {
      rejectUnauthorized: false,
      origin: 'https://elsewhere.example',
    })
    const [[{ headers }]] = await Promise.all([once(other, 'upgrade'), once(other, 'open')])
    expect(headers['access-control-allow-origin']).toBe('https://elsewhere.example')
    expect(other.extensions).toBe('')
    other.terminate()
  })

  it('is followed by answers to the pings of clients', async () => {
    const { socket } = await fixture.connect()
    socket.ping('is anybody there')
    const [data] = await once(socket, 'pong')
    expect(String(data)).toBe('is anybody there')
  })

  it.each([
    ['TLSv1.2', true],
    ['TLSv1.3', true],
    ['TLSv1.1', false],
  ] as const)('with %s is possible: %s', async (version, expected) => {
    const { port } = new URL(fixture.url)
    const secured = await new Promise<boolean>((resolve) => {
      const socket = connect({
        port: Number(port),
        host: '127.0.0.1',
        rejectUnauthorized: false,
        minVersion: version,
        maxVersion: version,
        ciphers: 'DEFAULT@SECLEVEL=0',
      })
      socket.on('secureConnect', () => resolve(socket.destroy() && true))
      socket.on('error', () => resolve(false))
    })
    expect(secured).toBe(expected)
  })

  it('is refused for anything but a WebSocket', async () => {
    const { port } = new URL(fixture.url)
    const text = await new Promise<string>((resolve) => {
      let all = ''
      const socket = connect({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false })
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
      socket.on('data', (data) => {
        all += data
      })
      socket.on('close', () => resolve(all))
    })
    expect(text).toMatch(/^HTTP\/1\.1 426 /)
  })
})

describe('a message', () => {
  it.each([
    ['{"namespace":"events","id":"1"}', error('', '400', 'Bad Request')],
    ['{"name":"subscribe","id":"1"}', error('1', '400', 'Bad Request')],
    ['{no json', error('', '400', 'Bad Request')],
    ['hello', `hello\n${error('', '400', 'Bad Request')}`],
    [' {"namespace":"rpc"}', ` {"namespace":"rpc"}\n${error('', '400', 'Bad Request')}`],
    ['[1]', `[1]\n${error('', '400', 'Bad Request')}`],
    ['{"namespace":"events","name":"subscribe","id":"3","args":["dispatcher"]}', unauthorized('3')],
    ['{"namespace":"rpc","name":"query","id":"3","args":""}', unauthorized('3')],
    ['{"namespace":"rpc","name":"authorise","id":"3","args":""}', unauthorized('3')],
    [
      '{"namespace":"RPC","name":"identify","id":"i","args":""}',
      `{"args":{"hostname":"${hostname()}","type":"server"},"id":"i","name":"response","namespace":"RPC"}`,
    ],
    [
      '{"args":"","id":5,"name":"identify","namespace":"rpc"}',
      `{"args":{"hostname":"${hostname()}","type":"server"},"id":"","name":"identify","namespace":"rpc"}`,
    ],
  ])('%s is answered', async (sent, expected) => {
    const client = await fixture.connect()
    expect(await client.ask(sent)).toBe(expected)
  })

  it('in binary frames is treated alike', async () => {
    const client = await fixture.connect()
    client.socket.send(Buffer.from('{"args":"","id":"i","name":"identify","namespace":"rpc"}'))
    expect(await client.next()).toContain('"type":"server"')
  })

  it('of unknown namespaces and names is not found after the login', async () => {
    const client = await fixture.login()
    for (const [namespace, name] of [
      ['rpc', 'syscache'],
      ['sysadm', 'zfs'],
      ['none', 'none'],
    ]) {
      const sent = JSON.stringify({ namespace, name, id: 'n', args: {} })
      expect(await client.ask(sent)).toBe(error('n', '404', 'Not Found'))
    }
  })

  it('through a relay has a login of its own', async () => {
    const client = await fixture.login()
    const query = '{"namespace":"rpc","name":"query","id":"q","args":""}'
    expect(await client.ask(query)).toContain('rpc/logs')
    expect(await client.ask(`relay-7\n${query}`)).toBe(`relay-7\n${unauthorized('q')}`)
    const auth = `{"namespace":"rpc","name":"auth","id":"a","args":{"username":"root","password":"${PASSWORD}"}}`
    expect(await client.ask(`relay-7\n${auth}`)).toMatch(/^relay-7\n\{"args":\["/)
    expect(await client.ask(`relay-7\n${query}`)).toMatch(/^relay-7\n.*rpc\/logs/)
    expect(await client.ask(`relay-8\n${query}`)).toBe(`relay-8\n${unauthorized('q')}`)
  })
})

describe('auth', () => {
  it('answers with a token', async () => {
    const client = await fixture.connect()
    const answer = await client.ask(
      `{"args":{"password":"${PASSWORD}","username":"root"},"id":"sysadm-client-auth-auto","name":"auth","namespace":"rpc"}`,
    )
    expect(answer).toMatch(
      new RegExp(
        `^\\{"args":\\["${TOKEN}",0\\],"id":"sysadm-client-auth-auto","name":"response","namespace":"rpc"\\}$`,
      ),
    )
  })

  it.each([
    ['a wrong password', { username: 'root', password: 'wrong horse' }],
    ['an unknown user', { username: 'nobody', password: PASSWORD }],
    ['a user without rights over SysAdm', { username: 'guest', password: PASSWORD }],
    ['no password', { username: 'root' }],
    ['numbers', { username: 1, password: 2 }],
    ['text', 'root'],
  ])('refuses %s', async (_name, args) => {
    const client = await fixture.connect()
    const sent = JSON.stringify({ namespace: 'rpc', name: 'auth', id: 'x', args })
    expect(await client.ask(sent)).toBe(unauthorized('x'))
    expect(await client.ask('{"namespace":"rpc","name":"query","id":"q"}')).toBe(unauthorized('q'))
  })

  it('is finished before the requests behind it begin', async () => {
    const client = await fixture.connect()
    client.send(
      `{"namespace":"rpc","name":"auth","id":"1","args":{"username":"operator","password":"${PASSWORD}"}}`,
    )
    client.send('{"namespace":"rpc","name":"query","id":"2","args":""}')
    expect(await client.next()).toContain('"id":"1"')
    expect(await client.next()).toBe(
      '{"args":{"rpc/dispatcher":"read","rpc/logs":"read","rpc/settings":"read/write"},"id":"2","name":"response","namespace":"rpc"}',
    )
  })
})

describe('auth_token', () => {
  it('lets several connections share a token, and not an empty one or a part of it', async () => {
    const first = await fixture.connect()
    const [token] = await first.rpc<string[]>('auth', { username: 'root', password: PASSWORD })
    const second = await fixture.connect()
    for (const wrong of ['', token.slice(1), token.slice(-1), `${token}x`, token.toLowerCase(), 7]) {
      expect(await second.rpc('auth_token', { token: wrong })).toMatchObject({ code: '401' })
      expect(await second.rpc('query', '')).toMatchObject({ code: '401' })
    }
    expect(await second.rpc('auth_token', { token })).toEqual([token, 0])
    expect(await second.rpc('query', '')).toHaveProperty(['rpc/logs'])
  })
})

describe('while somebody else is logged in', () => {
  it('strangers are neither served nor let in', async () => {
    const user = await fixture.login()
    const stranger = await fixture.connect()
    for (const sent of [
      '{"args":"","id":"1","name":"query","namespace":"rpc"}',
      '{"args":"dispatcher","id":"1","name":"subscribe","namespace":"events"}',
      '{"args":{"action":"list"},"id":"1","name":"dispatcher","namespace":"rpc"}',
      '{"args":{"action":"read_logs"},"id":"1","name":"logs","namespace":"rpc"}',
      '{"args":{"action":"register_ssl_cert","pub_key":"AAAA"},"id":"1","name":"settings","namespace":"rpc"}',
      '{"args":{"password":"","username":"root"},"id":"1","name":"auth","namespace":"rpc"}',
      '{"args":{"password":"wrong","username":"root"},"id":"1","name":"auth","namespace":"rpc"}',
      '{"args":{"token":""},"id":"1","name":"auth_token","namespace":"rpc"}',
      '{"args":{"encrypted_string":""},"id":"1","name":"auth_ssl","namespace":"rpc"}',
      '{"args":{},"id":"1","name":"none","namespace":"none"}',
    ])
      expect(await stranger.ask(sent)).toBe(unauthorized('1'))
    expect(await user.rpc('query', '')).toHaveProperty(['rpc/logs'])
  })
})

describe('auth_clear', () => {
  it('ends the token for all its connections, and their events, without an answer', async () => {
    const first = await fixture.connect()
    const [token] = await first.rpc<string[]>('auth', { username: 'root', password: PASSWORD })
    const second = await fixture.connect()
    await second.rpc('auth_token', { token })
    expect(
      await second.ask('{"namespace":"events","name":"subscribe","id":"s","args":"dispatcher"}'),
    ).toContain('"subscribe":"dispatcher"')
    const other = await fixture.login()
    await other.ask('{"namespace":"events","name":"subscribe","id":"s","args":"dispatcher"}')
    first.send('{"namespace":"rpc","name":"auth_clear","id":"c","args":""}')
    expect(await first.rpc('query', '')).toMatchObject({ code: '401' })
    fixture.publish('sysadm/dispatcher/j1', { process_id: 'j1', state: 'finished' })
    expect(await other.next()).toContain('"process_id":"j1"')
    expect(await second.rpc('query', '')).toMatchObject({ code: '401' })
    expect(await first.rpc('auth_token', { token })).toMatchObject({ code: '401' })
  })
})

describe('credentials that end', () => {
  it('log out everybody who used them', async () => {
    const client = await fixture.login('operator')
    await fixture.test.hub.access.passwords.set('operator', PASSWORD)
    expect(await client.rpc('query', '')).toMatchObject({ code: '401' })
  })
})
