import { execFileSync } from 'node:child_process'
import { createHash, privateEncrypt } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { PASSWORD, type SysadmClient, type SysadmFixture, startSysadm } from './fixture.js'

const folder = temporaryFolder('sysadm')
const TOKEN = expect.stringMatching(/^[A-Za-z0-9]{20}$/)
const UNAUTHORIZED = { code: '401', message: 'Unauthorized' }

/** A pair of keys as a user of the genuine client makes them. */
function makeKey(name: string, bits = 2048) {
  const path = join(folder, name)
  execFileSync('openssl', ['genrsa', '-out', path, String(bits)], { stdio: 'ignore' })
  const pem = execFileSync('openssl', ['rsa', '-in', path, '-pubout'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return {
    wire: pem.toString('base64'),
    checksum: createHash('md5').update(pem).digest('base64'),
    encrypt: (text: string) => privateEncrypt(readFileSync(path), Buffer.from(text)).toString('base64'),
  }
}

const [mine, foreign, tall] = [makeKey('mine'), makeKey('foreign'), makeKey('tall', 4096)]

let fixture: SysadmFixture
beforeAll(async () => {
  fixture = await startSysadm()
})
afterAll(() => fixture[Symbol.asyncDispose]())

async function testString(client: SysadmClient, args: unknown = ''): Promise<string> {
  const { test_string: text } = await client.rpc<{ test_string: string }>('auth_ssl', args)
  expect(text).toMatch(/^[A-Za-z0-9]{20}$/)
  return text
}

const register = (client: SysadmClient, key: { wire: string }, notes = {}) =>
  client.rpc('settings', { action: 'register_ssl_cert', pub_key: key.wire, ...notes })
const revoke = (client: SysadmClient, key: { wire: string }, user?: string) =>
  client.rpc('settings', { action: 'revoke_ssl_cert', pub_key: key.wire, user })

describe('keys', () => {
  it('are registered, listed and revoked, each user his own', async () => {
    const root = await fixture.login()
    const operator = await fixture.login('operator')
    expect(await root.rpc('settings', { action: 'list_ssl_certs' })).toEqual({})
    expect(await register(root, mine, { nickname: 'n', email: 'e' })).toEqual({})
    expect(await register(operator, tall)).toEqual({})
    const date = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d`
    const all = await root.rpc<Record<string, Record<string, string>>>('settings', {
      action: 'list_ssl_certs',
    })
    expect(Object.keys(all).sort()).toEqual(['operator', 'root'])
    expect(all.root[mine.wire]).toMatch(new RegExp(`^Nickname: n\nEmail: e\nDate Registered: ${date}$`))
    const own = await operator.rpc<object>('settings', { action: 'list_ssl_certs' })
    expect(Object.keys(own)).toEqual(['operator'])
    expect(await operator.rpc('settings', { action: 'list_ssl_checksums' })).toEqual({
      md5_keys: [tall.checksum],
    })
    expect(await revoke(operator, mine, 'root')).toMatchObject({ code: '403' })
    expect(await revoke(operator, mine)).toMatchObject({ code: '400' })
    expect(await revoke(root, tall, 'operator')).toEqual({})
    expect(await revoke(root, mine)).toEqual({})
    expect(await root.rpc('settings', { action: 'list_ssl_checksums' })).toEqual({ md5_keys: [] })
  })

  it('are named in the audit when they come and go', async () => {
    const [root, watcher] = [await fixture.login(), await fixture.login()]
    await watcher.ask(
      '{"namespace":"events","name":"subscribe","id":"s","args":{"classes":"tocsin","filter":"hub/audit/**"}}',
    )
    await register(root, mine)
    await revoke(root, mine)
    const events = [await watcher.next(), await watcher.next()].map((text) => JSON.parse(text).args)
    expect(events.map(({ data }) => data)).toMatchObject(
      ['sysadm-keys.add', 'sysadm-keys.remove'].map((method) => ({
        method,
        principal: 'root',
        face: 'sysadm',
        address: '127.0.0.1',
        changed: { principal: 'root' },
      })),
    )
  })

  it('that are none are refused, and so are other actions', async () => {
    const root = await fixture.login()
    for (const args of [
      { action: 'register_ssl_cert', pub_key: 'AAAA' },
      { action: 'register_ssl_cert', pub_key: 7 },
      { action: 'register_ssl_cert' },
      { action: 'other' },
      {},
      null,
    ])
      expect(await root.rpc('settings', args)).toEqual({ code: '400', message: 'Bad Request' })
  })

  it('are limited for each user', async () => {
    const operator = await fixture.login('operator')
    const keys = Array.from({ length: 33 }, (_, i) => makeKey(`many${i}`, 1024))
    const answers: object[] = []
    for (const key of keys) answers.push(await register(operator, key))
    expect(answers.slice(0, 32).every((answer) => Object.keys(answer).length === 0)).toBe(true)
    expect(answers[32]).toMatchObject({ code: '400' })
    for (const key of keys) await revoke(operator, key)
  })
})

describe('auth_ssl', () => {
  beforeAll(async () => {
    const root = await fixture.login()
    await register(root, mine)
    await register(await fixture.login('operator'), tall)
  })

  it.each([
    ['""', ''],
    ['an object', {}],
    ['no args', undefined],
  ])('logs in with what openssl encrypts, asked for with %s', async (_name, args) => {
    const client = await fixture.connect()
    const encrypted = mine.encrypt(await testString(client, args))
    expect(await client.rpc('auth_ssl', { encrypted_string: encrypted })).toEqual([TOKEN, 0])
    expect(await client.rpc('query', '')).toEqual({
      'rpc/dispatcher': 'read',
      'rpc/logs': 'read/write',
      'rpc/settings': 'read/write',
    })
  })

  it('logs each in with the rights of the user whose key it is', async () => {
    const client = await fixture.connect()
    const encrypted = tall.encrypt(await testString(client))
    expect(await client.rpc('auth_ssl', { encrypted_string: encrypted })).toEqual([TOKEN, 0])
    expect(await client.rpc('query', '')).toMatchObject({ 'rpc/logs': 'read' })
  })

  it('accepts a test string from another connection, but only once', async () => {
    const [first, second] = [await fixture.connect(), await fixture.connect()]
    const encrypted = mine.encrypt(await testString(first))
    expect(await second.rpc('auth_ssl', { encrypted_string: encrypted })).toEqual([TOKEN, 0])
    for (const client of [first, second, await fixture.connect()])
      expect(await client.rpc('auth_ssl', { encrypted_string: encrypted })).toEqual(UNAUTHORIZED)
  })

  it('refuses anything else', async () => {
    const client = await fixture.connect()
    const text = await testString(client)
    for (const wrong of [
      foreign.encrypt(text),
      mine.encrypt('AbCdEfGhIjKlMnOpQrSt'),
      mine.encrypt(''),
      mine.encrypt(text.slice(1)),
      Buffer.from(text).toString('base64'),
      '',
      'A'.repeat(8000),
    ])
      expect(await client.rpc('auth_ssl', { encrypted_string: wrong })).toEqual(UNAUTHORIZED)
    expect(await client.rpc('query', '')).toEqual(UNAUTHORIZED)
  })

  it('forgets the test strings of a peer that asks for too many, or leaves', async () => {
    const client = await fixture.connect()
    const texts: string[] = []
    for (let i = 0; i < 5; i++) texts.push(await testString(client))
    expect(await client.rpc('auth_ssl', { encrypted_string: mine.encrypt(texts[0]) })).toEqual(UNAUTHORIZED)
    const connections = () => fixture.test.hub.listeners.find(({ face }) => face === 'sysadm')?.connections
    const other = await fixture.connect()
    const before = connections() ?? 0
    client.close()
    await expect.poll(connections).toBe(before - 1)
    expect(await other.rpc('auth_ssl', { encrypted_string: mine.encrypt(texts[1]) })).toEqual(UNAUTHORIZED)
  })

  it('ends with the key', async () => {
    const [root, client] = [await fixture.login(), await fixture.connect()]
    await client.rpc('auth_ssl', { encrypted_string: mine.encrypt(await testString(client)) })
    await revoke(root, mine)
    expect(await client.rpc('query', '')).toEqual(UNAUTHORIZED)
    await register(root, mine)
  })
})

describe('the certificate', () => {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'own.pem')]
  const makePair = (name: string) => {
    const subject = ['-subj', `/CN=${name}`, '-days', '1']
    const keys = ['-newkey', 'rsa:2048', '-nodes', '-keyout', key]
    execFileSync('openssl', ['req', '-x509', ...keys, ...subject, '-out', cert], { stdio: 'ignore' })
  }
  const nameOn = async (own: SysadmFixture) => {
    const { socket } = await own.connect()
    const secure = (socket as unknown as { _socket: TLSSocket })._socket
    return secure.getPeerCertificate().subject.CN
  }

  it('is the configured one, and the hub does not start without its files', async () => {
    makePair('own.example.org')
    await using own = await startSysadm({ sysadm: { tls: { cert, key } } })
    expect(await nameOn(own)).toBe('own.example.org')
    await expect(startSysadm({ sysadm: { tls: { cert, key: `${key}.none` } } })).rejects.toMatchObject({
      code: 'TCN_TLS_FILES',
    })
  })

  it('is replaced while the hub runs, and kept if the new files are no pair', async () => {
    makePair('first.example.org')
    await using own = await startSysadm({ sysadm: { tls: { cert, key } } })
    const { hub } = own.test
    expect(await hub.reloadTls()).toBe(false)
    const before = await own.login()
    makePair('second.example.org')
    expect(await hub.reloadTls()).toBe(true)
    expect(await nameOn(own)).toBe('second.example.org')
    expect(await before.rpc('query', '')).toHaveProperty(['rpc/logs'])
    writeFileSync(key, 'no key')
    await expect(hub.reloadTls()).rejects.toMatchObject({ code: 'TCN_TLS_FILES' })
    expect(await nameOn(own)).toBe('second.example.org')
  })
})

describe('what is kept', () => {
  it('is there after a restart: the keys and the certificate', async () => {
    const data = temporaryFolder('sysadm')
    const fingerprints: string[] = []
    for (const isFirst of [true, false]) {
      await using again = await startSysadm({ hub: { data } })
      const client = await again.connect()
      const secure = (client.socket as unknown as { _socket: TLSSocket })._socket
      fingerprints.push(secure.getPeerCertificate().fingerprint256)
      if (isFirst) {
        await client.rpc('auth', { username: 'root', password: PASSWORD })
        await register(client, mine)
      } else {
        const encrypted = mine.encrypt(await testString(client))
        expect(await client.rpc('auth_ssl', { encrypted_string: encrypted })).toEqual([TOKEN, 0])
      }
    }
    expect(fingerprints[0]).toMatch(/^[0-9A-F:]{95}$/)
    expect(fingerprints[1]).toBe(fingerprints[0])
  })
})
