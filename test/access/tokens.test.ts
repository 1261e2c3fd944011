import { scryptSync } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Access, type Grant, type Identity } from '../../src/access/index.js'
import { COST } from '../../src/access/password-cost.js'
import { type MadeToken, Tokens } from '../../src/access/tokens.js'
import { openMemoryState, type StateStore } from '../../src/state/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

const typeOf = () => 'tocsin.event'
const DAY = 86_400e6
const known = { ops: { see: ['ops/'], consume: ['c'], source: 'site/ops' }, low: {} } satisfies Record<
  string,
  Grant
>

let runtime: FakeRuntime
let state: StateStore
let access: Access

async function open(grants: Record<string, Grant> = known): Promise<void> {
  runtime = new FakeRuntime()
  state = openMemoryState({ runtime })
  await reopen(grants)
}

/** Opens the same state again, as after a restart. */
async function reopen(grants: Record<string, Grant> = known): Promise<void> {
  access?.close()
  access = new Access(grants, { typeOf }, 'host/test')
  await access.open({ bucket: state.bucket('principals'), runtime })
}

function identify(token: string): Identity {
  return access.identify({ token }) as Identity
}

function refused(token: string | undefined, code = 'TCN_ACCESS_TOKEN'): void {
  expect(() => access.identify({ token })).toThrow(expect.objectContaining({ code }))
}

afterEach(() => access.close())

describe('a token', () => {
  it('consists of tcn_, its id and 256 random bits, and belongs to one principal', async () => {
    await open()
    const { token } = await access.tokens.add({ name: 'ops' })
    expect(token).toMatch(/^tcn_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/)
    expect(identify(token).principal).toEqual({ name: 'ops', source: 'site/ops' })
    const last = token.endsWith('A') ? 'B' : 'A'
    for (const wrong of [
      '',
      'tcn_',
      token.slice(0, -1),
      token.slice(0, -1) + last,
      `${token}A`,
      `${token}\n`,
    ])
      refused(wrong)
    refused(token.toUpperCase())
    refused(undefined, 'TCN_ACCESS_NO_TOKEN')
  })

  it('is only stored as a hash', async () => {
    await open()
    const { token } = await access.tokens.add({ name: 'ops' })
    const stored: string[] = []
    for await (const { key, value } of state.bucket('principals').list()) {
      stored.push(key, Buffer.from(value).toString())
    }
    expect(stored.join()).toContain('"hash"')
    expect(stored.join()).not.toContain(token.slice(17))
    expect(JSON.stringify(access.tokens.list())).not.toContain(token.slice(17))
  })

  it('creates a principal with its rights, which survives a restart and ends with the token', async () => {
    await open()
    const { token } = await access.tokens.add({ name: 'me', grant: { see: ['demo/'] } })
    await reopen()
    const { principal } = identify(token)
    expect(principal).toEqual({ name: 'me', source: 'me' })
    expect(access.authorize(principal, 'admin')).toBe(false)
    expect(access.grantOf('me')).toEqual({ see: ['demo/'] })
    await access.tokens.revoke('me')
    expect(access.find('me')).toBeUndefined()
    await reopen()
    refused(token)
    expect(access.find('me')).toBeUndefined()
  })

  it('requires rights, or a configured principal', async () => {
    await open()
    await expect(access.tokens.add({ name: 'nobody' })).rejects.toMatchObject({ code: 'TCN_ACCESS_UNKNOWN' })
    await expect(access.tokens.add({ name: 'x', principal: 'nobody' })).rejects.toMatchObject({
      code: 'TCN_ACCESS_UNKNOWN',
    })
    await expect(access.tokens.add({ name: 'ops', grant: '*' })).rejects.toMatchObject({
      code: 'TCN_TOKEN_RIGHTS',
    })
    await expect(access.tokens.add({ name: 'x', principal: 'ops', grant: {} })).rejects.toMatchObject({
      code: 'TCN_TOKEN_RIGHTS',
    })
  })

  it('has a name of its own', async () => {
    await open()
    await access.tokens.add({ name: 'laptop', principal: 'ops' })
    await expect(access.tokens.add({ name: 'laptop', principal: 'low' })).rejects.toMatchObject({
      code: 'TCN_TOKEN_CONFLICT',
    })
    await access.tokens.add({ name: 'phone', principal: 'ops' })
    expect(access.tokens.list()).toHaveLength(2)
  })

  it('belongs to nobody when its principal is no longer configured', async () => {
    await open()
    const { token } = await access.tokens.add({ name: 'ops' })
    await reopen({})
    refused(token)
  })

  it('ends when it expires, together with everything opened with it', async () => {
    await open()
    const { token } = await access.tokens.add({ name: 'ops', expires: DAY })
    const { ended } = identify(token)
    runtime.advance(86_399_000)
    expect(ended?.aborted).toBe(false)
    identify(token)
    runtime.advance(1001)
    expect(ended?.aborted).toBe(true)
    refused(token)
    await reopen()
    refused(token)
  })

  it('ends when it is revoked, together with everything opened with it', async () => {
    await open()
    const { token } = await access.tokens.add({ name: 'ops' })
    const { ended } = identify(token)
    expect(await access.tokens.revoke('ops')).toBe(1)
    expect(ended?.aborted).toBe(true)
    refused(token)
    await expect(access.tokens.revoke('ops')).rejects.toMatchObject({ code: 'TCN_TOKEN_UNKNOWN' })
  })

  it('is rotated at once, or with a period in which both are valid', async () => {
    await open()
    const first = await access.tokens.add({ name: 'me', grant: { admin: true }, expires: DAY })
    const second = await access.tokens.rotate('me', 0)
    refused(first.token)
    const third = await access.tokens.rotate('me', 3600e6)
    expect(identify(second.token).principal.name).toBe('me')
    expect(identify(third.token).principal.name).toBe('me')
    expect(third.record.expires).toBe(runtime.now() + DAY)
    const { ended } = identify(second.token)
    runtime.advance(3_600_001)
    expect(ended?.aborted).toBe(true)
    refused(second.token)
    expect(access.authorize(identify(third.token).principal, 'admin')).toBe(true)
    expect(access.tokens.list()).toHaveLength(1)
  })

  it('rotated twice at once is rotated once, and nobody receives a token that has already ended', async () => {
    await open()
    await access.tokens.add({ name: 'me', grant: {} })
    const [first, second] = await Promise.allSettled([
      access.tokens.rotate('me', 0),
      access.tokens.rotate('me', 0),
    ])
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'TCN_TOKEN_ROTATING' } })
    expect(identify((first as PromiseFulfilledResult<MadeToken>).value.token).principal.name).toBe('me')
    expect(access.tokens.list()).toHaveLength(1)
    await access.tokens.rotate('me', 0)
  })

  it('revoked while it is rotated is gone, even after a restart', async () => {
    await open()
    const { token } = await access.tokens.add({ name: 'ops' })
    const rotating = access.tokens.rotate('ops', DAY)
    const revoking = access.tokens.revoke('ops')
    await expect(rotating).rejects.toMatchObject({ code: 'TCN_TOKEN_UNKNOWN' })
    await revoking
    await reopen()
    refused(token)
    expect(access.tokens.list()).toEqual([])
  })

  it('is not rotated if the maximum number of tokens exists', async () => {
    await open()
    const tokens = await Tokens.open(state.bucket('principals'), runtime, access, 2)
    await tokens.add({ name: 'ops' })
    await tokens.rotate('ops', DAY)
    await expect(tokens.rotate('ops', DAY)).rejects.toMatchObject({ code: 'TCN_TOKEN_TOO_MANY' })
    await expect(tokens.add({ name: 'low' })).rejects.toMatchObject({ code: 'TCN_TOKEN_TOO_MANY' })
    expect(tokens.list()).toHaveLength(2)
    tokens.close()
  })

  it('is marked as used once a minute, not with every use', async () => {
    await open()
    const { token } = await access.tokens.add({ name: 'ops' })
    const writes: number[] = []
    state.bucket('principals').watch('token/', ({ revision }) => writes.push(revision))
    for (let n = 0; n < 100; n++) identify(token)
    await Promise.resolve()
    const used = access.tokens.get('ops').lastUsed
    runtime.advance(61_000)
    identify(token)
    expect(access.tokens.get('ops').lastUsed).toBeGreaterThan(used as number)
    await new Promise((done) => setImmediate(done))
    expect(writes.length).toBeLessThanOrEqual(2)
  })
})

describe('failed attempts', () => {
  it('are counted by address; after too many only a valid token is accepted', async () => {
    await open()
    const { token } = await access.tokens.add({ name: 'ops' })
    const from = (address: string, shown = 'tcn_wrong') => {
      try {
        access.identify({ token: shown, address })
        return 'in'
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    for (let n = 0; n < 20; n++) expect(from('10.0.0.1')).toBe('TCN_ACCESS_TOKEN')
    expect(from('10.0.0.1')).toBe('TCN_ACCESS_TRIES')
    expect(from('::ffff:10.0.0.1')).toBe('TCN_ACCESS_TRIES')
    expect(from('10.0.0.2')).toBe('TCN_ACCESS_TOKEN')
    expect(from('10.0.0.1', token)).toBe('in')
    runtime.advance(60_001)
    expect(from('10.0.0.1')).toBe('TCN_ACCESS_TOKEN')
  })

  it('of one IPv6 network are counted together', async () => {
    await open()
    const attempt = (n: number) => {
      try {
        return access.identify({ token: 'x', address: `2001:db8:0:1::${n.toString(16)}` })
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    const tries = Array.from({ length: 21 }, (_, n) => attempt(n))
    expect(tries.at(-1)).toBe('TCN_ACCESS_TRIES')
    expect(() => access.identify({ token: 'x', address: '2001:db8:0:2::1' })).toThrow(
      expect.objectContaining({ code: 'TCN_ACCESS_TOKEN' }),
    )
  })
})

describe('a password', () => {
  it('lets its principal in, and nobody else', async () => {
    await open()
    await access.passwords.set('ops', 'correct horse')
    const identity = await access.identify({ user: 'ops', password: 'correct horse' })
    expect(identity.principal.name).toBe('ops')
    for (const [user, password] of [
      ['ops', 'wrong horse'],
      ['low', 'correct horse'],
      ['nobody', 'correct horse'],
      ['ops', ''],
      ['ops', 'x'.repeat(5000)],
    ]) {
      await expect(Promise.resolve().then(() => access.identify({ user, password }))).rejects.toMatchObject({
        code: 'TCN_ACCESS_TOKEN',
        message: 'the name or the password is wrong',
      })
    }
  })

  it('survives a restart; a new one ends everything opened with the old', async () => {
    await open()
    await access.passwords.set('ops', 'correct horse')
    await reopen()
    const { ended } = await access.identify({ user: 'ops', password: 'correct horse' })
    await access.passwords.set('ops', 'battery staple')
    expect(ended?.aborted).toBe(true)
    await expect(
      Promise.resolve().then(() => access.identify({ user: 'ops', password: 'correct horse' })),
    ).rejects.toMatchObject({ code: 'TCN_ACCESS_TOKEN' })
    await access.identify({ user: 'ops', password: 'battery staple' })
    await access.passwords.remove('ops')
    await expect(
      Promise.resolve().then(() => access.identify({ user: 'ops', password: 'battery staple' })),
    ).rejects.toMatchObject({ code: 'TCN_ACCESS_TOKEN' })
  })

  it('is not checked after too many wrong ones', async () => {
    await open()
    await access.passwords.set('ops', 'correct horse')
    for (let n = 0; n < 20; n++) {
      await expect(
        access.identify({ user: 'ops', password: `wrong ${n}`, address: '10.0.0.1' }),
      ).rejects.toMatchObject({ code: 'TCN_ACCESS_TOKEN' })
    }
    await expect(
      access.identify({ user: 'ops', password: 'correct horse', address: '10.0.0.1' }),
    ).rejects.toMatchObject({ code: 'TCN_ACCESS_TRIES' })
  })

  it('is hashed again at the present cost with the next login, which stays valid', async () => {
    await open()
    const bucket = state.bucket('principals')
    const salt = Buffer.alloc(16, 7)
    const cost = { N: 2 ** 10, r: 8, p: 1 }
    const hash = scryptSync('correct horse', salt, 32, cost)
    const record = {
      principal: 'ops',
      ...cost,
      salt: salt.toString('base64'),
      hash: hash.toString('base64'),
      created: 1,
    }
    await bucket.put('password/ops', Buffer.from(JSON.stringify(record)))
    await reopen()
    const stored = async () => JSON.parse(Buffer.from((await bucket.get('password/ops'))!.value).toString())
    await expect(
      Promise.resolve().then(() => access.identify({ user: 'ops', password: 'wrong horse' })),
    ).rejects.toMatchObject({ code: 'TCN_ACCESS_TOKEN' })
    expect(await stored()).toEqual(record)
    const { ended } = await access.identify({ user: 'ops', password: 'correct horse' })
    await vi.waitUntil(async () => (await stored()).N === COST.N)
    const raised = scryptSync('correct horse', salt, 32, COST)
    expect(await stored()).toEqual({ ...record, ...COST, hash: raised.toString('base64') })
    expect(ended?.aborted).toBe(false)
    await reopen()
    await access.identify({ user: 'ops', password: 'correct horse' })
  })

  it('waits in a bounded queue, because each check is expensive', async () => {
    await open()
    const tries = Array.from({ length: 40 }, (_, n) =>
      Promise.resolve()
        .then(() => access.identify({ user: 'ops', password: `wrong ${n}` }))
        .catch(({ code }) => code),
    )
    const codes = await Promise.all(tries)
    expect(codes.filter((code) => code === 'TCN_ACCESS_BUSY')).toHaveLength(24)
    expect(codes.filter((code) => code === 'TCN_ACCESS_TOKEN')).toHaveLength(16)
  })
})

describe('a client certificate', () => {
  const grants = {
    web: { certificates: ['web.example', 'spiffe://example/web'] },
    db: { certificates: ['db'] },
  }

  it.each([
    [{ subject: { CN: 'web.example' } }, 'web'],
    [{ subject: { CN: ['x', 'db'] } }, 'db'],
    [{ subjectaltname: 'DNS:other, DNS:web.example' }, 'web'],
    [{ subject: { CN: 'x' }, subjectaltname: 'URI:spiffe://example/web' }, 'web'],
  ])('%j is the principal %s', async (certificate, name) => {
    await open(grants)
    expect(((await access.identify({ certificate })) as Identity).principal.name).toBe(name)
  })

  it.each([
    [{}],
    [{ subject: { CN: 'web.example.evil' } }],
    [{ subject: { CN: 'WEB' }, subjectaltname: 'DNS:"x, DNS:web.example"' }],
    [{ subject: { CN: 'db' }, subjectaltname: 'DNS:web.example' }],
  ])('%j is nobody', async (certificate) => {
    await open(grants)
    expect(() => access.identify({ certificate })).toThrow(
      expect.objectContaining({ code: 'TCN_ACCESS_UNKNOWN' }),
    )
  })
})

describe('the creator of a token', () => {
  const boss = { see: ['a/', { exact: { type: 't' } }], publish: ['a/'], admin: true, source: 'boss' }
  it.each<[string, Grant, boolean]>([
    ['less than his own', { see: ['a/b/'], source: 'boss/x' }, true],
    ['his own', { ...boss } as Grant, true],
    ['the same filter', { see: [{ exact: { type: 't' } }], source: 'boss' }, true],
    ['more events', { see: ['b/'], source: 'boss' }, false],
    ['all events', { see: '*', source: 'boss' }, false],
    ['another right', { gate: ['a/'], source: 'boss' }, false],
    ['a consumer', { consume: ['c'], source: 'boss' }, false],
    ['the sources of others', { see: ['a/'], source: 'host/other' }, false],
    ['sources under its own name', { see: ['a/'] }, false],
    ['everything', '*', false],
  ])('may grant %s: %j is %s', async (_, grant, allowed) => {
    await open({ boss: boss as Grant })
    const check = () => access.checkMayGrant(access.principal('boss'), 'new', grant)
    if (allowed) expect(check).not.toThrow()
    else expect(check).toThrow(expect.objectContaining({ code: 'TCN_ACCESS_DENIED' }))
  })
})
