import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import type { FaceHost } from '../../../src/faces/face.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { PASSWORD, SysadmClient, type SysadmFixture, startSysadm } from './fixture.js'

const MINUTE = 60_000
const UNAUTHORIZED = { code: '401', message: 'Unauthorized' }
const right = { username: 'root', password: PASSWORD }
const wrong = { username: 'root', password: 'wrong horse' }

/** A hub whose face lives in a time that the test advances. */
async function withTime(options: Parameters<typeof startSysadm>[0] = {}) {
  const time = new FakeRuntime()
  const runtime = { ...time, soon: realRuntime.soon, random: realRuntime.random }
  return { time, fixture: await startSysadm({ ...options, host: () => ({ runtime }) }) }
}

describe('timers', () => {
  it('close a connection that nobody logs in on within 30 seconds', async () => {
    const { time, fixture } = await withTime()
    await using _ = fixture
    const [stranger, user] = [await fixture.connect(), await fixture.login()]
    time.advance(29_000)
    expect(await stranger.rpc('identify', '')).toMatchObject({ type: 'server' })
    time.advance(2000)
    expect(await stranger.untilClosed()).toEqual({ code: 1000, reason: '' })
    expect(await user.rpc('query', '')).toHaveProperty(['rpc/logs'])
  })

  it('close a connection without messages after 30 minutes, whatever events it is sent', async () => {
    const { time, fixture } = await withTime()
    await using _ = fixture
    const [silent, user] = [await fixture.connect(), await fixture.connect()]
    const [token] = await user.rpc<string[]>('auth', right)
    // The token stays valid for both because one of them uses it.
    await silent.rpc('auth_token', { token })
    for (let minute = 0; minute < 29; minute++) {
      time.advance(MINUTE)
      await user.rpc('query', '')
    }
    expect(silent.closed).toBeUndefined()
    time.advance(2 * MINUTE)
    expect(await silent.untilClosed()).toEqual({ code: 1000, reason: '' })
    expect(await user.rpc('query', '')).toHaveProperty(['rpc/logs'])
  })

  it('close a connection whose login has ended', async () => {
    const { time, fixture } = await withTime()
    await using _ = fixture
    const client = await fixture.login()
    client.send('{"namespace":"rpc","name":"auth_clear","id":"c","args":""}')
    expect(await client.rpc('query', '')).toEqual(UNAUTHORIZED)
    time.advance(2 * MINUTE)
    expect(await client.untilClosed()).toEqual({ code: 1000, reason: '' })
  })

  it('end a token 15 minutes after it was last used, and its events with it', async () => {
    const { time, fixture } = await withTime()
    await using _ = fixture
    const client = await fixture.connect()
    const [token] = await client.rpc<string[]>('auth', right)
    await client.ask('{"namespace":"events","name":"subscribe","id":"s","args":"dispatcher"}')
    time.advance(14 * MINUTE)
    expect(await client.rpc('query', '')).toHaveProperty(['rpc/logs'])
    time.advance(14 * MINUTE)
    expect(await client.rpc('auth_token', { token })).toEqual([token, 0])
    time.advance(15 * MINUTE - 1000)
    time.advance(1001)
    fixture.publish('sysadm/dispatcher/late', { process_id: 'late', state: 'running' })
    const other = await fixture.login()
    await other.ask('{"namespace":"events","name":"subscribe","id":"s","args":"dispatcher"}')
    fixture.publish('sysadm/dispatcher/later', { process_id: 'later', state: 'running' })
    expect(await other.next()).toContain('later')
    expect(await client.rpc('auth_token', { token })).toEqual(UNAUTHORIZED)
    expect(client.received).toEqual([])
  })

  it('end a test string after 30 seconds', async () => {
    const { Challenges } = await import('../../../src/faces/sysadm/challenges.js')
    const time = new FakeRuntime()
    const challenges = new Challenges(time)
    const [first, second] = [challenges.make([]), challenges.make([])]
    time.advance(29_999)
    expect(challenges.take(first)).toBe(true)
    time.advance(1)
    expect(challenges.take(second)).toBe(false)
  })
})

describe('the blacklist', () => {
  const settings = { sysadm: { blacklist: { exempt: [] } } }

  it('closes new connections after five failures, and lets the address in again after an hour', async () => {
    const { time, fixture } = await withTime(settings)
    await using _ = fixture
    const [client, user] = [await fixture.connect(), await fixture.login()]
    for (let i = 0; i < 5; i++) expect(await client.rpc('auth', wrong)).toEqual(UNAUTHORIZED)
    const refused = await SysadmClient.open(fixture.url)
    expect(await refused.untilClosed()).toEqual({ code: 1000, reason: '' })
    // The connection stays open, but not even the right password is accepted on it.
    const answer = client.rpc('auth', right)
    await vi.waitUntil(() => (time.next ?? MINUTE) <= 100)
    time.advance(100)
    expect(await answer).toEqual(UNAUTHORIZED)
    expect(await user.rpc('query', '')).toHaveProperty(['rpc/logs'])
    time.advance(61 * MINUTE)
    const again = await fixture.connect()
    expect(await again.rpc('auth', right)).toHaveLength(2)
  })

  it('lets no more passwords be checked than may fail, from any number of connections', async () => {
    let checked = 0
    const counted = (host: FaceHost): Partial<FaceHost> => ({
      access: {
        ...host.access,
        identify(credentials) {
          checked++
          return host.access.identify(credentials)
        },
      },
    })
    await using own = await startSysadm({ ...settings, host: counted })
    const clients = await Promise.all(Array.from({ length: 8 }, () => own.connect()))
    const answers = await Promise.all(clients.map((client) => client.rpc('auth', wrong)))
    expect(answers).toEqual(Array(8).fill(UNAUTHORIZED))
    expect(checked).toBe(5)
  })

  it('answers those that go on trying ten times a second, and reads nothing more from them meanwhile', async () => {
    const { time, fixture } = await withTime(settings)
    await using _ = fixture
    const client = await fixture.connect()
    for (let i = 0; i < 5; i++) await client.rpc('auth', wrong)
    for (let i = 0; i < 20; i++)
      client.send(JSON.stringify({ namespace: 'rpc', name: 'auth', id: 'r', args: wrong }))
    for (let answered = 0; answered < 3; answered++) {
      await vi.waitUntil(() => (time.next ?? MINUTE) <= 100)
      expect(client.received).toHaveLength(answered)
      time.advance(100)
      await vi.waitUntil(() => client.received.length > answered)
    }
  })

  it('does not count passwords for which the hub has no time', async () => {
    const busy = (host: FaceHost): Partial<FaceHost> => ({
      access: { ...host.access, identify: () => Promise.reject(new TocsinError('TCN_ACCESS_BUSY')) },
    })
    await using own = await startSysadm({ ...settings, host: busy })
    const client = await own.connect()
    for (let i = 0; i < 6; i++) expect(await client.rpc('auth', right)).toMatchObject({ code: '503' })
    expect(await (await own.connect()).rpc('identify', '')).toMatchObject({ type: 'server' })
  })

  it('counts every way to log in, and failures far apart on their own', async () => {
    const { time, fixture } = await withTime(settings)
    await using _ = fixture
    const client = await fixture.connect()
    await client.rpc('auth_token', { token: 'x' })
    await client.rpc('auth_ssl', { encrypted_string: 'x' })
    time.advance(11 * MINUTE)
    const later = await fixture.connect()
    await later.rpc('auth', wrong)
    await later.rpc('auth_token', { token: '' })
    await later.rpc('authorise', '')
    await later.rpc('auth_ssl', { encrypted_string: 'x' })
    const fine = await fixture.connect()
    expect(await fine.rpc('identify', '')).toMatchObject({ type: 'server' })
    await later.rpc('auth', { username: 1 })
    expect(await (await SysadmClient.open(fixture.url)).untilClosed()).toEqual({ code: 1000, reason: '' })
  })

  it('forgets rather those that it does not refuse', async () => {
    const { Blacklist } = await import('../../../src/faces/sysadm/blacklist.js')
    const { sysadmConfig } = await import('../../../src/faces/sysadm/config.js')
    const blacklist = new Blacklist(new FakeRuntime(), sysadmConfig.parse({}).blacklist)
    for (let i = 0; i < 5; i++) blacklist.fail('10.0.0.1')
    for (let i = 0; i < 20_000; i++) blacklist.fail(`10.${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`)
    expect(blacklist.refuses('10.0.0.1')).toBe(true)
    expect(blacklist.refuses('10.1.0.0')).toBe(false)
  })
})

describe('hostile input', () => {
  let fixture: SysadmFixture
  beforeAll(async () => {
    fixture = await startSysadm()
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  it('that is too long for a stranger closes the connection', async () => {
    const client = await fixture.connect()
    client.send(`{"namespace":"rpc","name":"query","args":"${'x'.repeat(70_000)}"}`)
    expect((await client.untilClosed()).code).toBe(1000)
  })

  it('that is too long for anybody closes the connection', async () => {
    const client = await fixture.login()
    client.send(`{"namespace":"rpc","name":"query","args":"${'x'.repeat(300_000)}"}`)
    expect((await client.untilClosed()).code).toBe(1009)
  })

  it.each([
    [
      'deep arrays',
      `{"namespace":"events","name":"subscribe","id":"d","args":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
    ],
    [
      'deep objects',
      `{"namespace":"events","name":"subscribe","id":"d","args":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`,
    ],
    [
      'many classes',
      `{"namespace":"events","name":"subscribe","id":"d","args":[${'"dispatcher",'.repeat(15_000)}"x"]}`,
    ],
    [
      'many keys',
      `{"namespace":"rpc","name":"settings","id":"d","args":{${Array.from({ length: 15_000 }, (_, i) => `"k${i}":1`)}}}`,
    ],
    ['a long id', `{"namespace":"rpc","name":"query","id":"d${'x'.repeat(200_000)}","args":""}`],
  ])('with %s is answered', async (_name, text) => {
    const client = await fixture.login()
    expect(await client.ask(text)).toContain('"id":"d')
    expect(await client.rpc('query', '')).toHaveProperty(['rpc/logs'])
  })

  it('from many relays keeps those that are logged in', async () => {
    const client = await fixture.connect()
    const auth = JSON.stringify({ namespace: 'rpc', name: 'auth', id: 'a', args: right })
    expect(await client.ask(`kept\n${auth}`)).toContain('"name":"response"')
    for (let i = 0; i < 1000; i++) client.send(`relay-${i}\n{"namespace":"rpc","name":"query","id":"q"}`)
    for (let i = 0; i < 1000; i++) expect(await client.next()).toContain('"code":"401"')
    expect(await client.ask('kept\n{"namespace":"rpc","name":"query","id":"q"}')).toContain('rpc/logs')
  })
})

describe('a stranger', () => {
  const identify = '{"namespace":"rpc","name":"identify","id":"i","args":""}'
  const subscribe = '{"namespace":"events","name":"subscribe","id":"s","args":"dispatcher"}'

  it('is answered one message in each turn of the event loop, so that others have theirs', async () => {
    let turns = 0
    const soon = (run: () => void) =>
      realRuntime.soon(() => {
        turns++
        run()
      })
    const host = ({ runtime }: FaceHost) => ({ runtime: { ...runtime, soon } })
    await using fixture = await startSysadm({ host })
    const stranger = await fixture.connect()
    const before = turns
    for (let i = 0; i < 450; i++) for (const each of [identify, subscribe]) stranger.send(each)
    const answers: string[] = []
    while (answers.length < 900) answers.push(await stranger.next())
    expect(answers.filter((text) => text.includes('"type":"server"'))).toHaveLength(450)
    expect(answers.filter((text) => text.includes('"code":"401"'))).toHaveLength(450)
    expect(turns - before).toBeGreaterThanOrEqual(900)
  })

  it.each([
    ['messages', identify, 2001],
    ['text', `{"namespace":"rpc","name":"identify","id":"${'i'.repeat(60_000)}","args":""}`, 18],
  ])('who sends too much %s without a login is disconnected', async (_, message, count) => {
    const { fixture } = await withTime()
    await using _fixture = fixture
    const stranger = await fixture.connect()
    for (let i = 0; i < count; i++) stranger.send(message)
    expect(await stranger.untilClosed()).toEqual({ code: 1000, reason: '' })
  })
})
