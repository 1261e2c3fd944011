import { afterEach, beforeEach, expect, it } from 'vitest'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { type Bucket, openMemoryState, type StateStore } from '../../src/state/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { keysOf } from '../state/conformance/tools.js'
import { HOUR, kind, MINUTE, SessionHub, type SessionHubOptions } from './session-hub.js'

/** What sessions ask of the store, and what they do when it does not answer. */

type Ask = 'get' | 'compareAndSet' | 'delete'

let runtime: FakeRuntime
let state: StateStore
let hub: SessionHub
let hubs: SessionHub[]
/** What the store was asked. */
let asked: string[]
/** How it answers; default: as it is. */
let answer: (what: Ask) => Promise<never> | undefined

/** The bucket with `answer` in its way. */
function listened(bucket: Bucket): Bucket {
  return {
    damaged: bucket.damaged,
    reportDamage: (...given) => bucket.reportDamage(...given),
    get: (key) => ask('get') ?? bucket.get(key),
    put: (...given) => bucket.put(...given),
    putAll: (...given) => bucket.putAll(...given),
    compareAndSet: (...given) => ask('compareAndSet') ?? bucket.compareAndSet(...given),
    delete: (key) => ask('delete') ?? bucket.delete(key),
    list: (...given) => bucket.list(...given),
    watch: (...given) => bucket.watch(...given),
  }
}

function ask(what: Ask): Promise<never> | undefined {
  asked.push(what)
  return answer(what)
}

async function open(options: Partial<SessionHubOptions> = {}): Promise<SessionHub> {
  const opened = await SessionHub.open(state, { runtime, ...options })
  hubs.push(opened)
  return opened
}

const away = async (): Promise<never> => {
  throw new TocsinError('TCN_NATS_UNREACHABLE')
}
const silent = () => new Promise<never>(() => undefined)
const unknown = (nth: number) => String(nth).padStart(43, 'x')
const stored = () => keysOf(state.bucket('sessions'))

beforeEach(async () => {
  runtime = new FakeRuntime()
  state = openMemoryState({ runtime })
  hubs = []
  asked = []
  answer = () => undefined
  hub = await open({ wrap: listened })
})
afterEach(async () => {
  for (const each of hubs) each.close()
  await state.close()
})

it('a request with a known session asks nobody, and its use is stored every fifteenth of the idle time', async () => {
  const { secret } = await hub.begin()
  asked.length = 0
  for (let second = 0; second < 600; second += 10) {
    expect(hub.sessions.find(secret)).not.toBeInstanceOf(Promise)
    await runtime.pass(10_000)
  }
  expect(asked).toEqual(['compareAndSet', 'compareAndSet'])
})

it('the store is asked once for an unknown secret, and again only later', async () => {
  expect(await Promise.all([1, 1, 1].map((nth) => hub.sessions.find(unknown(nth))))).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  expect(await hub.sessions.find(unknown(1))).toBeUndefined()
  expect(asked).toEqual(['get'])
  await runtime.pass(5000)
  expect(await hub.sessions.find(unknown(1))).toBeUndefined()
  expect(asked).toEqual(['get', 'get'])
})

it('a text that has not the form of a secret is not looked up', async () => {
  for (const text of ['', 'short', `${unknown(1)}x`, unknown(1).replace('x', '/')])
    expect(await hub.sessions.find(text)).toBeUndefined()
  expect(asked).toEqual([])
})

it('only so many secrets are looked up at once, and none for ever', async () => {
  answer = silent
  const busy = expect.objectContaining({ code: 'TCN_ACCESS_BUSY' })
  const waiting = Array.from({ length: 64 }, (_, nth) => Promise.resolve(hub.sessions.find(unknown(nth))))
  const outcomes = Promise.allSettled(waiting)
  await expect(hub.sessions.find(unknown(64))).rejects.toEqual(busy)
  expect(asked).toHaveLength(64)
  await runtime.pass(5000)
  expect(new Set(await outcomes)).toHaveLength(64)
  for (const outcome of await outcomes) expect(outcome).toEqual({ status: 'rejected', reason: busy })
  answer = () => undefined
  expect(await hub.sessions.find(unknown(1))).toBeUndefined()
})

it('a store that cannot be reached is no reason to say that a session is over', async () => {
  answer = away
  await expect(hub.sessions.find(unknown(1))).rejects.toMatchObject({ code: 'TCN_NATS_UNREACHABLE' })
})

it('a session that cannot be stored does not begin', async () => {
  answer = away
  await expect(hub.begin()).rejects.toMatchObject({ code: 'TCN_NATS_UNREACHABLE' })
  expect(hub.story).toEqual([])
  answer = () => undefined
  for (let nth = 0; nth < 3; nth++) await hub.begin()
  expect(await stored()).toHaveLength(3)
})

it('a session whose end cannot be stored is over here at once, and elsewhere as soon as the store answers', async () => {
  const other = await open()
  const { secret, session } = await hub.begin()
  answer = (what) => (what === 'delete' ? away() : undefined)
  await expect(hub.sessions.end(session)).rejects.toMatchObject({ code: 'TCN_NATS_UNREACHABLE' })
  expect(session.ended.aborted).toBe(true)
  expect(await hub.sessions.find(secret)).toBeUndefined()
  expect(await other.sessions.find(secret)).toBeDefined()
  answer = () => undefined
  await runtime.pass(30_000)
  expect(await other.sessions.find(secret)).toBeUndefined()
  expect(await stored()).toEqual([])
})

it('a use on one hub does not bring back a session that another ends at the same time', async () => {
  const other = await open()
  const { secret, session } = await hub.begin()
  await other.sessions.find(secret)
  await runtime.pass(10 * MINUTE)
  const ended = hub.sessions.end(session)
  await other.sessions.find(secret)
  await ended
  await runtime.settle()
  expect(await stored()).toEqual([])
  expect(await other.sessions.find(secret)).toBeUndefined()
})

it('credentials that end while the session is stored leave none behind', async () => {
  const { token } = await hub.access.tokens.add({ name: 'laptop', principal: 'ann' })
  const beginning = hub.sessions.begin({ identity: await hub.access.identify({ token }) })
  const refused = expect(beginning).rejects.toMatchObject({ code: 'TCN_ACCESS_TOKEN' })
  await hub.access.tokens.revoke('laptop')
  await refused
  await runtime.settle()
  expect(await stored()).toEqual([])
  expect(hub.story).toEqual([])
})

it('a session whose credentials ended while no hub ran is refused', async () => {
  const { token } = await hub.access.tokens.add({ name: 'laptop', principal: 'ann' })
  const { secret } = await hub.sessions.begin({ identity: await hub.access.identify({ token }) })
  hub.close()
  const principals = state.bucket('principals')
  for (const key of await keysOf(principals, 'token/')) await principals.delete(key)
  const again = await open()
  expect(await again.sessions.find(secret)).toBeUndefined()
})

it('a principal that was removed and added again has none of the sessions of the one before', async () => {
  const { secret } = await hub.begin()
  hub.access.replace({ bob: {} })
  hub.access.replace({ ann: { see: '*' }, bob: {} })
  expect(await hub.sessions.find(secret)).toBeUndefined()
  expect(await stored()).toEqual([])
})

it('a principal that was removed while no hub ran has no session when it is added again', async () => {
  const { secret } = await hub.begin()
  hub.close()
  const without = await open({ grants: { bob: {} } })
  await runtime.settle()
  expect(await stored()).toEqual([])
  without.access.replace({ ann: { see: '*' }, bob: {} })
  expect(await without.sessions.find(secret)).toBeUndefined()
})

it('changed rights apply to the session, which goes on', async () => {
  const { secret, session } = await hub.begin()
  hub.access.replace({ ann: { admin: true }, bob: {} })
  expect(hub.sessions.find(secret)).toBe(session)
  expect(hub.access.authorize(session.principal, 'admin')).toBe(true)
})

it('a session that begins with another one ends no later', async () => {
  const { session } = await hub.begin()
  await runtime.pass(30 * MINUTE)
  const next = await hub.sessions.begin({ identity: session.identity })
  expect(next.session.until).toBe(session.until)
  const other = await open()
  expect((await other.sessions.find(next.secret))?.until).toBe(session.until)
  await hub.sessions.end(session)
  expect(next.session.ended.aborted).toBe(true)
})

it('a damaged record is reported, and the others are read', async () => {
  const { secret } = await hub.begin()
  const bucket = state.bucket('sessions')
  const key = `test/${'x'.repeat(43)}`
  await bucket.put(key, Buffer.from('{"principal":"ann"}'))
  const other = await open()
  expect([...bucket.damaged.keys()]).toEqual([key])
  expect(await other.sessions.find(secret)).toBeDefined()
})

it('a shorter life in the configuration applies to sessions that began before', async () => {
  const { secret } = await hub.begin()
  await runtime.pass(30 * MINUTE)
  const strict = await open({ kind: { ...kind, life: HOUR } })
  expect(await strict.sessions.find(secret)).toBeDefined()
  await runtime.pass(31 * MINUTE)
  expect(await strict.sessions.find(secret)).toBeUndefined()
})

it('the session unused for longest gives way where others may always begin', async () => {
  const open2 = await open({ kind: { ...kind, name: 'giving', most: 2, givesWay: true } })
  const first = await open2.begin()
  const second = await open2.begin('bob')
  await open2.sessions.find(first.secret)
  await open2.begin('bob')
  expect([first, second].map(({ session }) => session.ended.aborted)).toEqual([false, true])
})

it('the numbers of sessions that go on elsewhere are forgotten without a word', async () => {
  const { session } = await hub.begin()
  hub.sessions.close()
  expect(hub.story).toEqual(['began ann https 192.0.2.7'])
  expect(session.ended.aborted).toBe(false)
  hubs = []
  hub.access.close()
})
