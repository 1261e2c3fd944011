import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Identity, Session } from '../../src/access/index.js'
import { openLmdbState, openMemoryState, type StateStore } from '../../src/state/index.js'
import { openJetStreamState } from '../../src/state/jetstream/jetstream-state.js'
import { NatsLink } from '../../src/storage/nats/link.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { NatsServer } from '../helpers/nats-server.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { keysOf } from '../state/conformance/tools.js'
import { HOUR, MINUTE, SessionHub } from './session-hub.js'

/** Each engine in turn: what one hub writes, the others read. */
let server: NatsServer
let folder: string
let nth = 0
beforeAll(async () => {
  server = await NatsServer.start()
  folder = temporaryFolder('sessions')
})
afterAll(() => server.stop())

type Place = string
const engines: Record<string, (runtime: FakeRuntime, place: Place) => Promise<StateStore>> = {
  memory: async (runtime) => openMemoryState({ runtime }),
  lmdb: (runtime, place) => openLmdbState({ runtime, folder: join(folder, place) }),
  // The servers answer in real time, so hours that pass at once must not be a silence of theirs.
  jetstream: async (runtime, prefix) =>
    openJetStreamState({
      runtime: { ...realRuntime, now: () => runtime.now() },
      link: await NatsLink.open({ runtime: realRuntime, servers: server.address }),
      prefix,
    }),
}

describe.each(Object.keys(engines))('sessions in %s', (engine) => {
  let runtime: FakeRuntime
  let place: Place
  let stores: StateStore[]
  let hubs: SessionHub[]
  let one: SessionHub
  let other: SessionHub

  /** Hubs of the other engines share a process. */
  async function hub(isAgain = false): Promise<SessionHub> {
    if (engine === 'jetstream' || isAgain || stores.length === 0)
      stores.push(await engines[engine](runtime, place))
    const opened = await SessionHub.open(stores.at(-1)!, { runtime })
    hubs.push(opened)
    return opened
  }

  async function stop(): Promise<void> {
    for (const each of hubs.splice(0)) each.close()
    for (const store of stores.splice(0)) await store.close()
  }

  beforeEach(async () => {
    runtime = new FakeRuntime()
    place = `s${++nth}`
    stores = []
    hubs = []
    one = await hub()
    other = await hub()
  })
  afterEach(stop)

  /** Time goes on while it is done: a store that lost its server in the hours that have passed tries again later. */
  async function meanwhile<Result>(work: Result | Promise<Result>): Promise<Result> {
    let isDone = false
    const end = () => {
      isDone = true
    }
    Promise.resolve(work).then(end, end)
    await Promise.resolve()
    while (!isDone) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (!isDone) await runtime.pass(5)
    }
    return work
  }

  async function isOver(secret: string, session: Session, there: Session): Promise<void> {
    const ended = async () => {
      await runtime.pass(5)
      return [session.ended.aborted, there.ended.aborted]
    }
    await expect.poll(ended).toEqual([true, true])
    expect(await meanwhile(one.sessions.find(secret))).toBeUndefined()
    expect(await meanwhile(other.sessions.find(secret))).toBeUndefined()
    const third = await meanwhile(hub())
    await expect.poll(() => meanwhile(third.sessions.find(secret))).toBeUndefined()
  }

  it('begin on one hub and go on at another, with what only the secret opens', async () => {
    const { secret } = await one.begin('ann', 'token of a salt-api')
    const session = await other.sessions.find(secret)
    expect(session).toMatchObject({ principal: { name: 'ann' }, hidden: 'token of a salt-api' })
    expect(await other.sessions.find('x'.repeat(43))).toBeUndefined()
  })

  if (engine !== 'memory')
    it('go on after a restart', async () => {
      const { secret } = await one.begin('ann', 'hidden')
      await stop()
      const again = await hub(true)
      const session = await again.sessions.find(secret)
      expect(session).toMatchObject({ principal: { name: 'ann' }, hidden: 'hidden' })
    })

  it('leave no secret in the store', async () => {
    const { secret } = await one.begin('ann', 'token of a salt-api')
    let stored = ''
    for await (const { key, value } of stores[0].bucket('sessions').list())
      stored += key + Buffer.from(value).toString()
    expect(stored).toContain('ann')
    expect(stored).not.toContain(secret)
    expect(stored).not.toContain('salt-api')
  })

  const ends: Record<string, (secret: string, session: Session) => Promise<unknown>> = {
    'log out': (_secret, session) => one.sessions.end(session),
    'remove their principal': async () => one.access.replace({ bob: {} }),
    'are not used for an hour': async () => runtime.pass(HOUR + 5 * MINUTE),
    'reach their greatest age': async (secret) => {
      for (let minutes = 0; minutes < 5 * 60; minutes += 30) {
        await meanwhile(one.sessions.find(secret))
        await meanwhile(other.sessions.find(secret))
        await runtime.pass(30 * MINUTE)
      }
    },
  }
  it.each(Object.keys(ends))('are over on all hubs when people %s', async (how) => {
    const { secret, session } = await one.begin()
    const there = (await other.sessions.find(secret))!
    await ends[how](secret, session)
    await isOver(secret, session, there)
  })

  const invalid: Record<string, [() => Promise<Identity>, () => Promise<unknown>]> = {
    'their token is revoked': [
      async () => {
        const { token } = await one.access.tokens.add({ name: 'laptop', principal: 'ann' })
        return one.access.identify({ token })
      },
      () => other.access.tokens.revoke('laptop'),
    ],
    'their token expires': [
      async () => {
        const { token } = await one.access.tokens.add({ name: 'short', principal: 'ann', expires: 60e6 })
        return one.access.identify({ token })
      },
      () => runtime.pass(MINUTE + 1000),
    ],
    'their password is changed': [
      async () => {
        await one.access.passwords.set('ann', 'correct horse')
        return one.access.identify({ user: 'ann', password: 'correct horse' })
      },
      () => other.access.passwords.set('ann', 'battery staple'),
    ],
    'their password is removed': [
      async () => {
        await one.access.passwords.set('ann', 'correct horse')
        return one.access.identify({ user: 'ann', password: 'correct horse' })
      },
      () => other.access.passwords.remove('ann'),
    ],
  }
  it.each(Object.keys(invalid))('are over on all hubs when %s', async (what) => {
    const [logIn, change] = invalid[what]
    const { secret, session } = await one.sessions.begin({ identity: await logIn() })
    await expect.poll(() => other.sessions.find(secret)).toBeDefined()
    const there = (await other.sessions.find(secret))!
    await change()
    await isOver(secret, session, there)
  })

  it('are not over on a hub while they are used on another', async () => {
    const { secret } = await one.begin()
    const session = (await other.sessions.find(secret))!
    let uses = 0
    stores
      .at(-1)!
      .bucket('sessions')
      .watch('', () => uses++)
    for (let use = 1; use <= 6; use++) {
      await runtime.pass(25 * MINUTE)
      expect(await one.sessions.find(secret)).toBeDefined()
      await expect.poll(() => uses).toBe(use)
    }
    await runtime.pass(30 * MINUTE)
    expect(session.ended.aborted).toBe(false)
    await expect.poll(() => other.sessions.find(secret)).toBe(session)
  })

  it('that are over leave the store, also when the hub has gone on which they began', async () => {
    await one.begin()
    await one.begin('bob')
    one.close()
    await runtime.pass(HOUR + 10 * MINUTE)
    const keys = () => keysOf(stores.at(-1)!.bucket('sessions'))
    await expect.poll(keys).toEqual([])
  })

  it('make room for others of the same principal, and are refused when there are too many in all', async () => {
    const begun = [await one.begin(), await one.begin(), await one.begin()]
    const found = async (hub: SessionHub) =>
      (await Promise.all(begun.map(({ secret }) => hub.sessions.find(secret)))).map(
        (each) => each !== undefined,
      )
    await runtime.pass(1000)
    expect(await one.sessions.find(begun[0].secret)).toBeDefined()
    begun.push(await one.begin())
    await expect.poll(() => found(other)).toEqual([true, false, true, true])
    for (let i = 0; i < 3; i++) await one.begin('bob')
    await expect(one.begin('admin')).rejects.toMatchObject({ code: 'TCN_HTTP_TOO_MANY' })
  })

  it('that begin at once and are too many leave the last ones, and the others are told why', async () => {
    const begun = await Promise.allSettled(Array.from({ length: 5 }, () => one.begin()))
    const outcomes = begun.map((each) =>
      each.status === 'fulfilled' ? one.sessions.find(each.value.secret) !== undefined : each.reason.code,
    )
    expect(outcomes).toEqual(['TCN_HTTP_TOO_MANY', 'TCN_HTTP_TOO_MANY', true, true, true])
  })

  it('are told to have begun and ended once, by the hub on which they began', async () => {
    const { secret, session } = await one.begin()
    const there = (await other.sessions.find(secret))!
    expect(there.usid).toEqual(expect.any(Number))
    await other.sessions.end(there)
    await expect.poll(() => session.ended.aborted).toBe(true)
    expect(one.story).toEqual(['began ann https 192.0.2.7', 'ended ann'])
    expect(other.story).toEqual([])
  })
})
