import { exportSPKI, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Access, type Identity, type OidcIssuerSettings } from '../../src/access/index.js'
import { openMemoryState } from '../../src/state/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { Issuer, type Pair } from './issuer.js'

let first: Pair
let second: Pair
let issuer: Issuer
let runtime: FakeRuntime
let access: Access

beforeAll(async () => {
  first = await generateKeyPair('ES256', { extractable: true })
  second = await generateKeyPair('RS256', { extractable: true })
})

beforeEach(async () => {
  issuer = await Issuer.start()
  await issuer.publish('1', 'ES256', first)
})

afterEach(async () => {
  access.close()
  await issuer.stop()
})

async function open(settings: Partial<OidcIssuerSettings> = {}): Promise<void> {
  runtime = new FakeRuntime({ start: new Date().toISOString() })
  const state = openMemoryState({ runtime })
  access = new Access({ ops: { see: '*' }, dev: {} }, { typeOf: () => 'x' }, 'host/test')
  const map = [
    { claim: 'groups', value: 'operators', principal: 'ops' },
    { claim: 'realm_access.roles', value: 'developer', principal: 'dev' },
    { claim: 'https://example.com/role', value: 'owner', principal: 'admin' },
  ]
  await access.open({
    bucket: state.bucket('principals'),
    runtime,
    oidc: [{ issuer: issuer.url, audience: ['tocsin'], map, ...settings }],
  })
  await access.tokens.add({ name: 'made', grant: '*' })
}

interface Signing {
  pair?: Pair
  header?: Record<string, unknown>
  /** Seconds from now. */
  expires?: number
}

const operator = { groups: ['people', 'operators'] }

function sign(
  claims: JWTPayload = operator,
  { pair = first, header, expires = 300 }: Signing = {},
): Promise<string> {
  const now = Math.floor(runtime.now() / 1e6)
  return new SignJWT({ iss: issuer.url, aud: 'tocsin', sub: 'me', exp: now + expires, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: '1', ...header })
    .sign(pair.privateKey)
}

async function whoIs(token: string): Promise<string> {
  try {
    return ((await access.identify({ token })) as Identity).principal.name
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('a change of the issuers', () => {
  const mapped = (principal: string) => [{ claim: 'groups', value: 'operators', principal }]
  const settings = (): OidcIssuerSettings => ({
    issuer: issuer.url,
    audience: ['tocsin'],
    map: mapped('ops'),
  })

  it('accepts tokens of a new one at once', async () => {
    await open()
    access.replaceIssuers([])
    expect(await whoIs(await sign())).not.toBe('ops')
    access.replaceIssuers([settings()])
    expect(await whoIs(await sign())).toBe('ops')
  })

  it('ends what was opened with tokens of one that is gone or has changed, and nothing else', async () => {
    await open({ map: mapped('ops') })
    const login = async () => (await access.identify({ token: await sign() })) as Identity
    const first = await login()
    access.replaceIssuers([settings(), { ...settings(), issuer: 'https://other.example' }])
    expect(first.ended?.aborted).toBe(false)
    access.replaceIssuers([{ ...settings(), map: mapped('dev') }])
    expect(first.ended?.aborted).toBe(true)
    const second = await login()
    expect(second.principal.name).toBe('dev')
    access.replaceIssuers([])
    expect(second.ended?.aborted).toBe(true)
  })

  it('refuses a token that was being checked', async () => {
    await open()
    const checking = whoIs(await sign())
    access.replaceIssuers([])
    expect(await checking).toBe('TCN_ACCESS_TOKEN')
  })
})

describe('a token of an issuer', () => {
  it.each<[JWTPayload, string]>([
    [operator, 'ops'],
    [{ groups: 'operators' }, 'ops'],
    [{ realm_access: { roles: ['developer'] } }, 'dev'],
    [{ 'https://example.com/role': 'owner' }, 'admin'],
    [{ groups: ['operator'] }, 'TCN_ACCESS_UNKNOWN'],
    [{}, 'TCN_ACCESS_UNKNOWN'],
    [{ groups: { operators: true } }, 'TCN_ACCESS_UNKNOWN'],
    [{ preferred_username: 'ops' }, 'TCN_ACCESS_UNKNOWN'],
  ])('with the claims %j is %s', async (claims, name) => {
    await open()
    expect(await whoIs(await sign(claims))).toBe(name)
  })

  it('that never ends is not valid', async () => {
    await open()
    expect(await whoIs(await sign({ ...operator, exp: 1e300 }))).toBe('TCN_ACCESS_TOKEN')
  })

  it.each([
    ['ops', 'ops'],
    ['nobody', 'TCN_ACCESS_UNKNOWN'],
    ['admin', 'TCN_ACCESS_UNKNOWN'],
    ['made', 'TCN_ACCESS_UNKNOWN'],
  ])('whose claim names %s is %s', async (named, name) => {
    await open({ map: [], principalClaim: 'preferred_username', mayName: '*' })
    expect(await whoIs(await sign({ preferred_username: named }))).toBe(name)
  })

  it('selects only principals that the configuration allows', async () => {
    await open({ map: [], principalClaim: 'preferred_username', mayName: ['dev'] })
    expect(await whoIs(await sign({ preferred_username: 'dev' }))).toBe('dev')
    expect(await whoIs(await sign({ preferred_username: 'ops' }))).toBe('TCN_ACCESS_UNKNOWN')
    access.close()
    await open({ map: [], principalClaim: 'preferred_username' })
    expect(await whoIs(await sign({ preferred_username: 'dev' }))).toBe('TCN_ACCESS_UNKNOWN')
  })

  it.each<[string, () => Promise<string>]>([
    ['has expired', () => sign(operator, { expires: -31 })],
    ['is not valid yet', () => sign({ ...operator, nbf: Math.floor(runtime.now() / 1e6) + 60 })],
    ['is for somebody else', () => sign({ ...operator, aud: 'other' })],
    ['is for nobody', () => sign({ ...operator, aud: undefined })],
    ['is of another issuer', () => sign({ ...operator, iss: 'https://other.example' })],
    ['never expires', () => sign({ ...operator, exp: undefined })],
    ['is signed with another key', () => sign(operator, { pair: second, header: { alg: 'RS256' } })],
    ['names a key that is not there', () => sign(operator, { header: { kid: '7' } })],
    [
      'is not signed',
      async () =>
        new UnsecuredJWT({ ...operator, iss: issuer.url, aud: 'tocsin' }).setExpirationTime('1h').encode(),
    ],
    [
      'is signed with the public key as a secret',
      async () =>
        new SignJWT({ ...operator, iss: issuer.url, aud: 'tocsin' })
          .setExpirationTime('1h')
          .setProtectedHeader({ alg: 'HS256', kid: '1' })
          .sign(new TextEncoder().encode(await exportSPKI(first.publicKey))),
    ],
    [
      'was changed',
      async () => {
        const [head, , signature] = (await sign()).split('.')
        const claims = { ...operator, iss: issuer.url, aud: 'tocsin', exp: 4e9, sub: 'root' }
        return `${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`
      },
    ],
    ['is garbage', async () => 'a.b.c'],
    ['is too long', async () => sign({ ...operator, filler: 'x'.repeat(8192) })],
  ])('that %s is rejected', async (_, make) => {
    await open()
    expect(await whoIs(await make())).toBe('TCN_ACCESS_TOKEN')
  })

  it('is checked once, and ends when it expires', async () => {
    await open()
    const token = await sign()
    const one = await access.identify({ token })
    expect(await access.identify({ token })).toBe(one)
    expect(one.ended?.aborted).toBe(false)
    runtime.advance(300_000)
    expect(one.ended?.aborted).toBe(true)
    runtime.advance(31_000)
    expect(await whoIs(token)).toBe('TCN_ACCESS_TOKEN')
  })
})

describe('the keys of an issuer', () => {
  it('are fetched once, and again for an unknown key, but not too often', async () => {
    await open()
    expect(await whoIs(await sign())).toBe('ops')
    expect(await whoIs(await sign({ ...operator, sub: 'you' }))).toBe('ops')
    expect(issuer.requests).toEqual(['/.well-known/openid-configuration', '/keys'])
    for (let n = 0; n < 5; n++) await whoIs(await sign({ ...operator, n }, { header: { kid: `${n + 7}` } }))
    expect(issuer.requests).toHaveLength(2)
  })

  it('may be at a configured address', async () => {
    await open({ jwks: `${issuer.url}/keys` })
    expect(await whoIs(await sign())).toBe('ops')
    expect(issuer.requests).toEqual(['/keys'])
  })

  it.each<[string, () => void]>([
    ['answers with an error', () => (issuer.answer = { status: 500, body: '' })],
    ['answers with nonsense', () => (issuer.answer = { status: 200, body: 'hello' })],
    ['answers with too much', () => (issuer.answer = { status: 200, body: ' '.repeat(300_000) })],
    ['sends elsewhere', () => (issuer.answer = { status: 302, body: '' })],
    ['calls itself otherwise', () => (issuer.discovery = { issuer: 'https://other.example' })],
    ['names keys in the clear', () => (issuer.discovery = { jwks_uri: 'http://other.example/keys' })],
    ['names a file', () => (issuer.discovery = { jwks_uri: 'file:///etc/passwd' })],
  ])('of one that %s admit nobody, and the error gives the reason', async (_, spoil) => {
    await open()
    spoil()
    expect(await whoIs(await sign())).toBe('TCN_ACCESS_ISSUER')
  })

  it('are requested again when the issuer is back, without flooding it while it is away', async () => {
    await open()
    issuer.answer = { status: 503, body: '' }
    for (let n = 0; n < 5; n++) expect(await whoIs(await sign({ ...operator, n }))).toBe('TCN_ACCESS_ISSUER')
    expect(issuer.requests).toHaveLength(1)
    issuer.answer = undefined
    runtime.advance(10_000)
    expect(await whoIs(await sign())).toBe('ops')
  })
})
