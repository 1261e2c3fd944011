import { writeFileSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import { makeCertificate, writeCertificate } from '../../src/faces/shared/make-certificate.js'
import { startTestHub, type TestHub, type TestHubOptions } from '../../src/hub/testing.js'
import { ownTlsFiles } from '../../src/hub/tls.js'
import type { MadeTokenInfo, TokenInfo } from '../../src/methods/contract/index.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

let hub: TestHub
let admin: Client
const clients: Client[] = []

async function start(options: TestHubOptions = {}): Promise<void> {
  hub = await startTestHub(options)
  admin = await hub.connect()
}

async function come(address: string, token: string, tls?: { ca: string }): Promise<Client> {
  const client = await connect({ address, token, reconnect: false, ...(tls ? { tls } : {}) })
  clients.push(client)
  return client
}

function addressOf(kind: string): string {
  return hub.hub.listeners.find(({ address }) => address.startsWith(`${kind}:`))?.address ?? ''
}

const add = (params: Record<string, unknown>) => admin.request<MadeTokenInfo>('tokens.add', params)

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
  await admin.close()
  await hub.close()
})

describe('tokens of a running hub', () => {
  it('are valid at once on every face, and their connections are closed at once when they are revoked', async () => {
    await start({ http: true, config: { listen: { tcp: '127.0.0.1:0' } } })
    const { token, ...info } = await add({ name: 'me', rights: { see: '*', publish: 'demo/' } })
    expect(info).toMatchObject({ name: 'me', principal: 'me', rights: { see: '*', publish: ['demo/'] } })
    const faces = [hub.address, addressOf('tcp')]
    const open = await Promise.all(faces.map((address) => come(address, token)))
    for (const client of open) expect(client.welcome.principal).toBe('me')
    await open[1].publish('demo/x', {})
    await expect(open[1].publish('other/x', {})).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
    const headers = { authorization: `Bearer ${token}` }
    expect((await fetch(`${hub.http}/v1/info`, { headers })).status).toBe(200)
    expect((await fetch(`${hub.http}/v1/info`)).status).toBe(401)
    const stream = await fetch(`${hub.http}/v1/stream`, { headers })
    expect(stream.status).toBe(200)
    const streamEnded = stream.text()
    const ended = open.map((client) => client.subscribe().events()[Symbol.asyncIterator]().next())
    for (const each of ended) each.catch(() => {})
    await admin.request('tokens.revoke', { name: 'me' })
    await streamEnded
    for (const each of ended) await expect(each).rejects.toMatchObject({ code: 'TCN_ACCESS_TOKEN' })
    expect((await fetch(`${hub.http}/v1/info`, { headers })).status).toBe(401)
    for (const address of faces) {
      await expect(come(address, token)).rejects.toMatchObject({ code: 'TCN_ACCESS_TOKEN' })
    }
  })

  it('are listed without the tokens themselves', async () => {
    await start()
    const { token } = await add({ name: 'b', rights: '*', expires: 3600e6 })
    await add({ name: 'a', principal: 'admin' })
    const { tokens } = await admin.request<{ tokens: TokenInfo[] }>('tokens.list')
    expect(tokens).toMatchObject([
      { name: 'a', principal: 'admin', rights: '*', state: 'good' },
      { name: 'b', principal: 'b', rights: '*', state: 'good' },
    ])
    expect(tokens[1].expires).toBeGreaterThan(tokens[1].created)
    expect(JSON.stringify(tokens)).not.toContain(token.slice(17))
  })

  it('can be created only by principals that have every right they grant', async () => {
    const boss = { admin: true, see: ['a/'], source: 'boss' }
    await start({ config: { principals: { boss, ops: { see: '*' } } } as TestHubOptions['config'] })
    const { token } = await add({ name: 'boss' })
    await add({ name: 'ops' })
    const client = await come(hub.address, token)
    await client.request('tokens.add', { name: 'x', rights: { see: 'a/b/', source: 'boss/x' } })
    for (const [method, params] of [
      ['tokens.add', { name: 'y', rights: { see: '*', source: 'boss/y' } }],
      ['tokens.add', { name: 'y', rights: '*' }],
      ['tokens.add', { name: 'y', principal: 'ops' }],
      ['tokens.add', { name: 'y', principal: 'admin' }],
      ['tokens.rotate', { name: 'ops' }],
      ['passwords.set', { principal: 'admin', password: 'correct horse' }],
    ] as const) {
      await expect(client.request(method, params)).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
    }
  })

  it('are ended only by principals that have every right of theirs', async () => {
    const boss = { admin: true, see: ['a/'], source: 'boss' }
    const low = { see: ['a/b/'], source: 'boss/low' }
    await start({ config: { principals: { boss, low } } as TestHubOptions['config'] })
    const { token } = await add({ name: 'boss' })
    await add({ name: 'owner', principal: 'admin' })
    await add({ name: 'more', rights: { see: '*', source: 'boss/more' } })
    await add({ name: 'low' })
    const password = 'correct horse'
    for (const principal of ['admin', 'low']) await admin.request('passwords.set', { principal, password })
    const client = await come(hub.address, token)
    for (const [method, params] of [
      ['tokens.revoke', { name: 'owner' }],
      ['tokens.revoke', { name: 'more' }],
      ['passwords.remove', { principal: 'admin' }],
    ] as const) {
      await expect(client.request(method, params)).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
    }
    await client.request('tokens.revoke', { name: 'low' })
    await client.request('passwords.remove', { principal: 'low' })
  })

  it('do not gain rights that whoever made them does not have', async () => {
    const principals = { boss: { admin: true, see: ['a/'], source: 'boss' }, low: { source: 'boss/low' } }
    await start({ http: true, config: { principals } as TestHubOptions['config'] })
    const { access, bus } = hub.hub
    const boss = await come(hub.address, (await add({ name: 'boss' })).token)
    const byBoss = (name: string, rights?: object) =>
      boss.request<MadeTokenInfo>('tokens.add', { name, rights })
    const later = (await byBoss('later', { source: 'boss/later' })).token
    const low = await come(hub.address, (await byBoss('low')).token)
    await boss.request('passwords.set', { principal: 'low', password: 'correct horse' })
    const headers = { authorization: `Basic ${Buffer.from('low:correct horse').toString('base64')}` }
    expect((await fetch(`${hub.http}/v1/info`, { headers })).status).toBe(200)
    const ended = low.subscribe().events()[Symbol.asyncIterator]().next()
    const owners = (await add({ name: 'low-2', principal: 'low' })).token

    access.replace({ ...principals, later: '*', low: { see: ['b/'], source: 'boss/low' } })
    bus.reauthorize()

    await expect(ended).rejects.toMatchObject({ code: 'TCN_ACCESS_TOKEN' })
    await expect(come(hub.address, later)).rejects.toMatchObject({ code: 'TCN_ACCESS_TOKEN' })
    expect((await fetch(`${hub.http}/v1/info`, { headers })).status).toBe(401)
    expect((await come(hub.address, owners)).welcome.principal).toBe('low')
    const { tokens } = await admin.request<{ tokens: TokenInfo[] }>('tokens.list')
    expect(Object.fromEntries(tokens.map(({ name, state }) => [name, state]))).toEqual({
      boss: 'good',
      later: 'exceeded',
      low: 'exceeded',
      'low-2': 'good',
    })
  })

  it('can be managed only by admins', async () => {
    await start()
    const { token } = await add({ name: 'low', rights: { see: '*' } })
    const client = await come(hub.address, token)
    for (const method of hub.hub.methods.keys()) {
      if (!/^(tokens|passwords)\./.test(method)) continue
      await expect(client.request<unknown>(method, {})).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
    }
  })

  it('are kept over a restart, and so is a password', async () => {
    const data = temporaryFolder('tokens')
    await start({ data })
    const { token } = await add({ name: 'me', rights: { see: '*' } })
    await admin.request('passwords.set', { principal: 'me', password: 'correct horse' })
    await admin.close()
    await hub.close()
    await start({ data, http: true })
    expect((await come(hub.address, token)).welcome.principal).toBe('me')
    const basic = (password: string) => ({
      authorization: `Basic ${Buffer.from(`me:${password}`).toString('base64')}`,
    })
    expect((await fetch(`${hub.http}/v1/info`, { headers: basic('correct horse') })).status).toBe(200)
    expect((await fetch(`${hub.http}/v1/info`, { headers: basic('wrong') })).status).toBe(401)
    for (const file of await filesIn(data)) {
      const bytes = await readFile(file)
      expect(bytes.includes(token.slice(17))).toBe(false)
      expect(bytes.includes('correct horse')).toBe(false)
    }
  })
})

describe('a hub with TLS', () => {
  it('uses the certificate made for it, and a new one while it runs', async () => {
    const data = temporaryFolder('tokens')
    const files = ownTlsFiles(data)
    const first = await makeCertificate(['localhost', '127.0.0.1'], 2)
    writeCertificate(first, files, false)
    expect((await stat(files.key)).mode & 0o777).toBe(0o600)
    expect(() => writeCertificate(first, files, false)).toThrow(
      expect.objectContaining({ code: 'TCN_FILE_EXISTS' }),
    )
    await start({ data, config: { listen: { tcp: { address: '127.0.0.1:0', tls: true } } } })
    const { token } = await add({ name: 'me', rights: '*' })
    const address = addressOf('tls')
    const before = await come(address, token, { ca: first.certificate })
    const second = await makeCertificate(['localhost', '127.0.0.1'], 2)
    writeCertificate(second, files, true)
    expect(await hub.hub.reloadTls()).toBe(true)
    expect(await hub.hub.reloadTls()).toBe(false)
    await come(address, token, { ca: second.certificate })
    await expect(come(address, token, { ca: first.certificate })).rejects.toMatchObject({
      code: 'TCN_CLIENT_TLS',
    })
    await before.publish('demo/x', {})
    writeFileSync(files.key, 'no key')
    await expect(hub.hub.reloadTls()).rejects.toMatchObject({ code: 'TCN_TLS_FILES' })
    await come(address, token, { ca: second.certificate })
  })

  it('reports an error if it has no certificate', async () => {
    await start()
    const config = { listen: { tcp: { address: '127.0.0.1:0', tls: true } } }
    await expect(startTestHub({ config })).rejects.toMatchObject({ code: 'TCN_TLS_FILES' })
  })
})

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}
