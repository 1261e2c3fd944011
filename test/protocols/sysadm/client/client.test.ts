import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  connectSysadm,
  type SysadmClient,
  type SysadmClientOptions,
  type SysadmEvent,
  SysadmKey,
  type SysadmStatus,
} from '../../../../src/protocols/sysadm/client/index.js'
import { frames, PASSWORD, TOKEN } from './genuine-peer.js'
import { GenuineServer } from './genuine-server.js'
import { testKey } from './test-key.js'

const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

async function genuine(): Promise<GenuineServer> {
  const server = await GenuineServer.start()
  open.push(server)
  return server
}

async function connect(
  server: GenuineServer,
  options: Partial<SysadmClientOptions> = {},
): Promise<SysadmClient> {
  const client = await connectSysadm({
    url: server.url,
    tls: { fingerprint: server.fingerprint },
    login: { username: 'root', password: PASSWORD },
    ...options,
  })
  open.push(client)
  return client
}

async function take(events: AsyncIterableIterator<SysadmEvent>, count: number): Promise<SysadmEvent[]> {
  const taken: SysadmEvent[] = []
  while (taken.length < count) {
    const { done, value } = await events.next()
    if (done) break
    taken.push(value)
  }
  return taken
}

describe('a client logs in', () => {
  it('by password, with the origin and the messages of the genuine client', async () => {
    const server = await genuine()
    const client = await connect(server)
    expect(client.token).toBe(TOKEN)
    expect(server.requests[0].headers.origin).toBe('sysadm-client')
    expect(server.requests[0].headers['sec-websocket-extensions']).toBeUndefined()
    const messages = server.peer.received.map((text) => JSON.parse(text))
    expect(messages.map(({ name }) => name)).toEqual(['identify', 'auth'])
    expect(messages[1]).toMatchObject({ namespace: 'rpc', args: { username: 'root', password: PASSWORD } })
  })

  it('by the token of another connection', async () => {
    const server = await genuine()
    const client = await connect(server, { login: { token: TOKEN } })
    expect(await client.query()).toMatchObject({ 'rpc/dispatcher': 'read/write' })
  })

  it('by key, in both stages', async () => {
    const server = await genuine()
    const { key, pem } = await SysadmKey.make()
    server.state.keys.push(key.publicPem)
    const client = await connect(server, { login: { key: pem } })
    expect(client.token).toBe(TOKEN)
    expect(server.peer.received[1]).toContain('"args":"",')
    const other = testKey()
    await expect(connect(server, { login: { key: other.key } })).rejects.toMatchObject({
      code: 'TCN_SYSADM_LOGIN',
    })
  })

  it('and is told when the server refuses', async () => {
    const server = await genuine()
    const login = { username: 'root', password: 'wrong' }
    await expect(connect(server, { login })).rejects.toMatchObject({
      code: 'TCN_SYSADM_LOGIN',
      message: expect.stringContaining('401 Unauthorized'),
    })
  })

  it('and out, for which there is no answer', async () => {
    const server = await genuine()
    const client = await connect(server)
    await client.logOut()
    await vi.waitUntil(() => server.peer.received.some((text) => text.includes('auth_clear')))
    await expect(client.query()).rejects.toMatchObject({ code: 'TCN_SYSADM_CLOSED' })
  })
})

describe('events', () => {
  it('of every class are typed, in the order in which they came', async () => {
    const server = await genuine()
    const client = await connect(server)
    const events = await client.subscribe(['dispatcher', 'life-preserver', 'system-state'])
    for (const frame of Object.values(frames)) server.push(frame)
    const [snapshot, state, running, finished, wrapped] = await take(events, 5)
    expect(snapshot).toMatchObject({
      class: 'life-preserver',
      kind: 'snapshot',
      message: 'Fri Nov 20 04:52:33 UTC 2026: New snapshot of tank/home',
      priority: { level: 1, word: 'Information' },
    })
    expect(state).toMatchObject({
      class: 'system-state',
      hostname: 'vm2',
      hostnameChanged: true,
      priority: { level: 9, word: 'Urgent' },
      pools: { tank: { health: 'DEGRADED', capacity: '12%' } },
    })
    expect(running).toMatchObject({ class: 'dispatcher', job: 'j1', state: 'running', commands: [] })
    expect(finished).toMatchObject({
      job: 'procID1',
      state: 'finished',
      output: { 'echo sample1': 'sample1\n' },
      returnCodes: { 'echo sample1': 0 },
    })
    expect(wrapped).toMatchObject({
      job: 'sysadm_pkg_install-{1111}',
      state: 'running',
      system: 'sysadm/pkg',
      output: { './slow.sh a': 'line a 1\nline a 2\n' },
    })
  })

  it('may be written as in the documentation', async () => {
    const server = await genuine()
    const client = await connect(server)
    const events = await client.subscribe(['life-preserver'])
    server.push(
      '{"namespace":"events","name":"life_preserver","id":"none","args":{"message":"m","priority":"7/Critical","class":"replication"}}',
    )
    expect(await take(events, 1)).toMatchObject([
      { class: 'life-preserver', kind: 'replication', priority: { level: 7, word: 'Critical' } },
    ])
  })

  it('begin with the last one of a class, for each loop', async () => {
    const server = await genuine()
    server.state.last['system-state'] = frames.state
    const client = await connect(server)
    const first = await client.subscribe(['system-state'])
    const second = await client.subscribe(['system-state'])
    expect(await take(first, 1)).toMatchObject([{ hostname: 'vm2' }])
    expect(await take(second, 1)).toMatchObject([{ hostname: 'vm2' }])
  })

  it('of no use to anybody are unsubscribed', async () => {
    const server = await genuine()
    const client = await connect(server)
    const one = await client.subscribe(['dispatcher', 'system-state'])
    const two = await client.subscribe(['dispatcher'])
    await one.return?.()
    await vi.waitUntil(() => server.peer.subscribed.size === 1)
    expect([...server.peer.subscribed]).toEqual(['dispatcher'])
    await two.return?.()
    await vi.waitUntil(() => server.peer.subscribed.size === 0)
  })

  it('that nobody takes are dropped, oldest first, and a gap says how many', async () => {
    const server = await genuine()
    const client = await connect(server, { maxPending: 3 })
    const events = await client.subscribe(['dispatcher'])
    for (let n = 0; n < 10; n++) server.push(frames.running.replace('j1', `j${n}`))
    await client.identify()
    const [gap, next] = await take(events, 2)
    expect(gap).toEqual({ class: 'gap', lost: 7, reason: 'the events were not taken fast enough' })
    expect(next).toMatchObject({ job: 'j7' })
  })

  it('end with the reason of a signal, and are unsubscribed then', async () => {
    const server = await genuine()
    const client = await connect(server)
    const stop = new AbortController()
    const events = await client.subscribe(['dispatcher'], { signal: stop.signal })
    const waiting = events.next()
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await vi.waitUntil(() => server.peer.subscribed.size === 0)
    await expect(client.subscribe(['dispatcher'], { signal: stop.signal })).rejects.toThrow('enough')
  })

  it('are unsubscribed at the end of the block that uses them', async () => {
    const server = await genuine()
    const client = await connect(server)
    {
      await using events = await client.subscribe(['dispatcher'])
      server.push(frames.running)
      expect((await events.next()).value).toMatchObject({ job: 'j1' })
    }
    await vi.waitUntil(() => server.peer.subscribed.size === 0)
  })

  it('of the past are a gap where the server has none', async () => {
    const server = await genuine()
    const client = await connect(server)
    const events = await client.subscribe(['dispatcher'], { since: 'start' })
    expect((await events.next()).value).toEqual({
      class: 'gap',
      reason: 'dispatcher: the server has no events of the past from there on',
    })
    server.push(frames.running)
    expect((await events.next()).value).toMatchObject({ job: 'j1' })
  })

  it('of a class that a genuine server does not know are refused', async () => {
    const server = await genuine()
    const client = await connect(server)
    await expect(client.subscribe(['tocsin'])).rejects.toMatchObject({ code: 'TCN_SYSADM_REFUSED' })
  })
})

describe('calls', () => {
  it('run, list and kill jobs', async () => {
    const server = await genuine()
    const { dispatcher } = await connect(server)
    expect(await dispatcher.run({ b: 'echo 1', a: ['echo 1', 'echo 2'] })).toEqual({
      started: ['a', 'b'],
      refused: [],
    })
    expect(server.peer.received.at(-1)).toContain('{"a":["echo 1","echo 2"],"action":"run","b":"echo 1"}')
    expect(await dispatcher.list()).toEqual([
      { id: 'longjob', queue: 'no_queue', commands: ['sleep 30'], state: 'running' },
      { id: 'ID', queue: 'pkg_queue', commands: ['pkg update'], state: 'pending', position: 0 },
    ])
    expect(await dispatcher.kill('x')).toEqual({ killed: ['x'], refused: [] })
  })

  it('list, register and revoke keys', async () => {
    const server = await genuine()
    const { keys } = await connect(server)
    const { key } = testKey()
    await keys.register(key, { nickname: 'n' })
    expect(await keys.checksums()).toEqual([key.checksum])
    expect(await keys.list()).toEqual([
      { user: 'root', publicPem: key.publicPem, notes: expect.stringContaining('Nickname: n') },
    ])
    await keys.revoke(key)
    expect(await keys.list()).toEqual([])
  })

  it('read logs, without the entry of the last line break', async () => {
    const server = await genuine()
    const client = await connect(server)
    const to = new Date('2026-11-20T12:00:00Z')
    expect(await client.logs({ logs: ['hostinfo', 'events-state'], to })).toEqual({
      'events-state': { '2026-11-20T04:50:52': { hostname: 'vm' } },
      hostinfo: { '2026-11-20T04:50:52': 'started' },
    })
    expect(JSON.parse(server.peer.received.at(-1)!).args).toEqual({
      action: 'read_logs',
      logs: ['hostinfo', 'events-state'],
      time_format: 'time_t_seconds',
      start_time: String(to.getTime() / 1000 - 43_200),
      end_time: String(to.getTime() / 1000),
    })
  })

  it('end with the reason of a signal, or after a time of their own', async () => {
    const server = await genuine()
    const client = await connect(server)
    server.peer.isMute = true
    const stop = new AbortController()
    const asked = client.ask('rpc', 'query', '', { signal: stop.signal })
    stop.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
    await expect(client.ask('rpc', 'query', '', { timeout: 5 })).rejects.toMatchObject({
      code: 'TCN_SYSADM_TIMEOUT',
    })
  })

  it('reject with the code of the server', async () => {
    const server = await genuine()
    const client = await connect(server)
    await expect(client.ask('rpc', 'syscache')).rejects.toMatchObject({
      code: 'TCN_SYSADM_REFUSED',
      message: 'rpc/syscache: 404 Not Found',
      details: { code: '404' },
    })
  })
})

describe('a connection that is lost', () => {
  it('comes back by itself with its subscriptions, and a gap says so', async () => {
    const server = await genuine()
    server.state.last['system-state'] = frames.state
    const seen: SysadmStatus['status'][] = []
    const client = await connect(server, { onStatus: ({ status }) => seen.push(status) })
    const events = await client.subscribe(['system-state'])
    expect(await take(events, 1)).toMatchObject([{ class: 'system-state' }])
    server.cut()
    expect(await take(events, 1)).toEqual([
      { class: 'gap', reason: 'system-state: not connected to the server' },
    ])
    expect(seen).toEqual(['connected', 'reconnecting', 'connected'])
    server.push(frames.state.replace('vm2', 'vm3'))
    expect(await take(events, 1)).toMatchObject([{ hostname: 'vm3' }])
  })

  it('ends loops and calls with an error if the client does not want to reconnect', async () => {
    const server = await genuine()
    const client = await connect(server, { reconnect: false })
    const events = await client.subscribe(['dispatcher'])
    server.peer.isMute = true
    const asked = client.query()
    asked.catch(() => {})
    server.cut()
    await expect(asked).rejects.toMatchObject({ code: 'TCN_SYSADM_CLOSED' })
    await expect(events.next()).rejects.toMatchObject({ code: 'TCN_SYSADM_CLOSED' })
    expect(await events.next()).toEqual({ done: true, value: undefined })
  })

  it('is not tried again after the server has refused the login', async () => {
    const server = await genuine()
    const { key } = testKey()
    server.state.keys.push(key.publicPem)
    const client = await connect(server, { login: { key } })
    const events = await client.subscribe(['dispatcher'])
    server.state.keys = []
    server.cut()
    await expect(events.next()).rejects.toMatchObject({ code: 'TCN_SYSADM_LOGIN' })
    expect(client.isConnected).toBe(false)
  })

  it('is one whose login has ended', async () => {
    const server = await genuine()
    const client = await connect(server)
    server.peer.isLoggedIn = false
    await expect(client.query()).rejects.toMatchObject({ code: 'TCN_SYSADM_REFUSED' })
    await vi.waitUntil(() => client.isConnected, { timeout: 10_000 })
    expect(await client.query()).toHaveProperty('rpc/logs')
  })
})

describe('a server that misbehaves', () => {
  it('cannot send a message beyond the limit', async () => {
    const server = await genuine()
    const client = await connect(server, { maxMessage: 1000, reconnect: false })
    const events = await client.subscribe(['dispatcher'])
    server.sendRaw('x'.repeat(1001))
    await expect(events.next()).rejects.toMatchObject({ code: 'TCN_SYSADM_CLOSED' })
  })

  it('does not disturb by messages that are none', async () => {
    const server = await genuine()
    const client = await connect(server)
    const events = await client.subscribe(['dispatcher'])
    const texts = [
      '',
      '{',
      '[]',
      '{"name":7}',
      '{"id":[],"name":"response"}',
      'x\n{}',
      '{"namespace":"events"}',
    ]
    for (const text of texts) server.sendRaw(text)
    server.sendRaw('{"namespace":"events","name":"dispatcher","id":"","args":null}')
    server.push(frames.running)
    expect(await take(events, 2)).toMatchObject([{ class: 'other', name: 'dispatcher' }, { job: 'j1' }])
  })
})
