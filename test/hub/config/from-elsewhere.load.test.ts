import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { actAs, admin, far, set, startConfigured, stop, written } from './configured-hub.js'

describe('a change from elsewhere', () => {
  beforeEach(startConfigured)
  afterEach(stop)

  it('values of any form can be changed where a key takes them', async () => {
    const all = [{ prefix: { tag: 'work/' } }, { sql: 'data.n > 1' }]
    const fire = { tag: 'alert/x', data: { deep: [{ n: 1 }] } }
    expect((await far('config.edit', set('rules.x', { filter: { all }, fire }))).status).toBe(200)
    const hook = { type: 'webhook', url: 'http://127.0.0.1:9/', filter: { all }, body: { text: ['a'] } }
    expect((await far('config.edit', set('sinks.hook', hook))).status).toBe(200)
    expect((await far('config.commit')).status).toBe(200)
  })

  it('sinks and sources that talk to the network can be changed by the owner, and by nobody else', async () => {
    const hook = { type: 'webhook', url: 'http://127.0.0.1:9/', filter: 'never/' }
    expect((await far('config.edit', set('sinks.hook', hook))).status).toBe(200)
    const source = { name: 'hall', broker: '127.0.0.1:1883', topics: ['rooms/#'] }
    expect((await far('config.edit', set('sources.mqtt[]', source))).status).toBe(200)
    expect((await far('config.commit')).status).toBe(200)
    expect(written()).toContain('rooms/#')
    const deleted = { edits: ['sinks.hook', 'sources.mqtt[0]'].map((key) => ({ key, delete: true })) }
    expect((await far('config.edit', deleted)).status).toBe(200)
    await far('config.discard')
    await actAs({ admin: true })
    const { status, body } = await far('config.edit', set('sinks.hook.filter', 'work/'))
    expect([status, body]).toMatchObject([403, { code: 'TCN_CONFIG_OWNER' }])
  })

  it('an entry of a list goes or moves although one with the secret of a file follows it', async () => {
    const entry = (name: string, more = {}) => ({ name, broker: '127.0.0.1:1883', topics: ['a/#'], ...more })
    const login = { user: 'me', passwordFile: '/etc/key' }
    const brokers = [entry('gate'), entry('yard', login), entry('roof')]
    await admin.request('config.edit', { edits: [{ key: 'sources.mqtt', value: brokers }] })
    await admin.request('config.commit')
    expect((await far('config.edit', set('sources.mqtt', brokers.toReversed()))).status).toBe(200)
    await far('config.discard')
    const { body } = await far('config.edit', { edits: [{ key: 'sources.mqtt[0]', delete: true }] })
    expect((await far('config.edit', set('sources.mqtt[0].broker', 'evil.example:1883'))).body).toMatchObject(
      {
        code: 'TCN_CONFIG_LOCAL',
      },
    )
    for (const stolen of [entry('gate', login), entry('yard', { ...login, broker: 'evil.example:1883' })])
      expect((await far('config.edit', set('sources.mqtt', [stolen, entry('roof')]))).body).toMatchObject({
        code: 'TCN_CONFIG_LOCAL',
      })
    const { revision } = body as { revision: string }
    const again = { edits: [{ key: 'sources.mqtt[0]', delete: true }] }
    expect((await far('config.edit', { ...again, ifRevision: `${revision}x` })).body).toMatchObject({
      code: 'TCN_CONFIG_REVISION',
      status: 409,
    })
    expect((await far('config.get', { candidate: true })).body).toMatchObject({ revision })
    expect((await far('config.commit')).status).toBe(200)
    expect(written()).not.toContain('name: gate')
    expect(written()).toContain('passwordFile: /etc/key')
  })

  it('a secret is never shown, is kept by its mask, and is given again before it is sent elsewhere', async () => {
    const hook = {
      type: 'webhook',
      url: 'https://h.example/key',
      headers: { 'X-Key': 'hidden' },
      filter: 'never/',
    }
    await far('config.edit', set('sinks.hook', hook))
    await far('config.commit')
    const shown = JSON.stringify((await far('config.get', { key: 'sinks.hook' })).body)
    expect(shown).toContain('https://h.example/***')
    expect(shown).not.toContain('hidden')
    const edit = (...edits: object[]) => far('config.edit', { edits })
    const key = (name: string, value: unknown) => ({ key: `sinks.hook.${name}`, value })
    expect((await edit(key('headers', { 'X-Key': '***', More: 'x' }))).status).toBe(200)
    expect((await edit(key('url', 'https://elsewhere.example/'))).body).toMatchObject({
      status: 400,
      code: 'TCN_CONFIG_SECRET',
      detail: expect.stringContaining('sinks.hook.headers.X-Key'),
    })
    const headers = { 'X-Key': 'again', More: 'x' }
    expect((await edit(key('url', 'https://elsewhere.example/'), key('headers', headers))).status).toBe(200)
    await far('config.commit')
    expect(written()).toContain('again')
  })
})

describe('what reaches into the machine of the hub', () => {
  // What is refused leaves the hub as it was.
  beforeAll(async () => {
    await startConfigured()
    const filter = 'never/'
    await admin.request('config.edit', {
      edits: Object.entries({
        hook: { type: 'webhook', url: 'https://h.example/', bearerFile: '/etc/token', filter },
        place: { type: 'webhook', url: 'credential:hook', filter },
        program: { type: 'exec', command: ['/bin/true'], filter },
      }).map(([name, sink]) => ({ key: `sinks.${name}`, value: sink })),
    })
    await admin.request('config.commit')
  })
  afterEach(() => far('config.discard'))
  afterAll(stop)

  it.each([
    ['sinks.own', { type: 'file', path: '/tmp/x' }],
    ['sinks.own', { type: 'exec', command: ['/bin/true'] }],
    ['sinks.own', { type: 'webhook', url: 'file:/etc/shadow' }],
    ['sinks.own', { type: 'webhook', url: 'https://h.example/', headers: { X: 'credential:key' } }],
    ['sinks.own', { type: 'webhook', url: 'https://h.example/', bearerFile: '/etc/shadow' }],
    ['sinks.hook.type', 'exec'],
    ['sinks.hook.bearerFile', '/etc/shadow'],
    ['sinks.hook.tls.ca', '/tmp/ca.pem'],
    // The token that the file has would be sent to another server.
    ['sinks.hook.url', 'https://elsewhere.example/'],
    ['sinks.hook.tls.serverName', 'elsewhere.example'],
    ['sinks.program.filter', '*'],
    ['sinks.program.timeout', '1s'],
    ['sinks.place.url', 'https://elsewhere.example/'],
    ['sources.syslog[]', { name: 's', unix: '/tmp/s.sock' }],
    ['sources.syslog[]', { name: 's', datagrams: '/dev/log' }],
    ['sources.kubernetes[]', { name: 'k', url: 'https://elsewhere.example' }],
    ['sources.exec[]', { name: 'e', command: ['/bin/true'] }],
    ['sources.system.enabled', false],
  ])('%s with %j stays there', async (key, value) => {
    expect((await far('config.edit', set('sinks.hook.filter', 'work/'))).status).toBe(200)
    const { status, body } = await far('config.edit', set(key, value))
    expect([status, body]).toMatchObject([403, { code: 'TCN_CONFIG_LOCAL' }])
  })
})
