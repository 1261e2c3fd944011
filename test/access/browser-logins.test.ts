import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { LoginRefusal } from '../../src/access/access.js'
import type { BrowserLogins, LoginAnswer } from '../../src/access/browser-login/browser-logins.js'
import { LOGIN_TIME_MS } from '../../src/access/browser-login/pending-logins.js'
import { Access, type OidcIssuerSettings } from '../../src/access/index.js'
import { openMemoryState } from '../../src/state/index.js'
import { clockByHand, type FakeRuntime } from '../helpers/fake-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { Issuer, type Pair, type TokenRequest } from './issuer.js'

const redirectUri = 'https://hub.example/v1/session/oidc/callback'
const path = '/view/bus?tab=access'
const address = '192.0.2.7'

let keys: Pair
let issuer: Issuer
let runtime: FakeRuntime
let access: Access
let logins: BrowserLogins
let refusals: LoginRefusal[]

beforeAll(async () => {
  keys = await generateKeyPair('ES256', { extractable: true })
})

beforeEach(async () => {
  issuer = await Issuer.start()
  await issuer.publish('1', 'ES256', keys)
  refusals = []
  await open()
})

afterEach(async () => {
  access.close()
  await issuer.stop()
})

const settings = (console: Partial<OidcIssuerSettings['console']> = {}): OidcIssuerSettings => ({
  issuer: issuer.url,
  audience: ['tocsin'],
  map: [{ claim: 'groups', value: 'operators', principal: 'ops' }],
  console: { clientId: 'console', scopes: ['profile'], lifetime: 3_600_000, ...console },
})

async function open(): Promise<void> {
  runtime = clockByHand({ start: new Date().toISOString() })
  access = new Access({ ops: { see: '*' } }, { typeOf: () => 'x' }, 'host/test')
  await access.open({
    bucket: openMemoryState({ runtime }).bucket('principals'),
    runtime,
    oidc: [settings()],
    loginRefused: (refusal) => refusals.push(refusal),
  })
  logins = access.browserLogins
}

interface Begun {
  secret: string
  /** What the issuer was asked. */
  asked: URLSearchParams
  answer: LoginAnswer
}

async function begin(): Promise<Begun> {
  const { location, secret } = await logins.begin({ issuer: issuer.url, redirectUri, path, address })
  const asked = new URL(location).searchParams
  return { secret, asked, answer: { state: asked.get('state')!, code: 'c1' } }
}

/** The issuer gives the code `c1` an ID token with these claims, or with the usual ones. */
function answerWith(asked: URLSearchParams, claims: JWTPayload = {}): TokenRequest[] {
  const requests: TokenRequest[] = []
  issuer.token = async (request) => {
    requests.push(request)
    const verifier = request.form.get('code_verifier') ?? ''
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    if (request.form.get('code') !== 'c1' || challenge !== asked.get('code_challenge'))
      return { status: 400, body: { error: 'invalid_grant' } }
    const now = Math.floor(runtime.now() / 1e6)
    const all = {
      iss: issuer.url,
      aud: 'console',
      sub: 'olga',
      exp: now + 300,
      nonce: asked.get('nonce'),
      groups: ['operators'],
      ...claims,
    }
    const id_token = await new SignJWT(all)
      .setProtectedHeader({ alg: 'ES256', kid: '1' })
      .sign(keys.privateKey)
    return { status: 200, body: { access_token: 'x', token_type: 'Bearer', id_token } }
  }
  return requests
}

const finish = ({ secret, answer }: Begun) => logins.finish(secret, answer, { address, face: 'http' })

async function refusalOf(begun: Begun): Promise<string> {
  return finish(begun).then(
    () => 'accepted',
    (error) => error.code,
  )
}

describe('a login with a browser', () => {
  it('asks for a code with PKCE, and keeps what the issuer has in its address', async () => {
    const { location } = await logins.begin({ issuer: issuer.url, redirectUri, path, address })
    expect(location.startsWith(`${issuer.url}/authorize?`)).toBe(true)
    const asked = Object.fromEntries(new URL(location).searchParams)
    expect(asked).toMatchObject({
      prompt: 'login',
      response_type: 'code',
      client_id: 'console',
      redirect_uri: redirectUri,
      scope: 'openid profile',
      code_challenge_method: 'S256',
    })
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked[name], name).toMatch(/^[\w-]{43}$/)
  })

  it('is that of the principal whom the claims stand for, and returns to where the person was', async () => {
    const begun = await begin()
    const requests = answerWith(begun.asked)
    expect(logins.pathOf(begun.secret)).toBe(path)
    const { identity, ...rest } = await finish(begun)
    expect(Object.fromEntries(requests[0].form)).toMatchObject({
      grant_type: 'authorization_code',
      client_id: 'console',
      redirect_uri: redirectUri,
    })
    expect(identity.principal.name).toBe('ops')
    expect(identity.proof).toMatchObject({ way: 'oidc', until: runtime.now() + 3_600_000_000 })
    expect(rest).toEqual({ redirectUri })
    expect(logins.pathOf(begun.secret)).toBeUndefined()
    expect(refusals).toEqual([])
  })

  it.each([1, 72])('lasts for its time, also when it is taken up again: %i hours', async (hours) => {
    access.replaceIssuers([settings({ lifetime: hours * 3_600_000 })])
    const begun = await begin()
    answerWith(begun.asked)
    const { identity } = await finish(begun)
    runtime.advance(hours * 3_600_000 - 1)
    const again = access.resume('ops', identity.proof)
    expect([identity.ended?.aborted, again?.ended?.aborted]).toEqual([false, false])
    runtime.advance(1)
    expect([identity.ended?.aborted, again?.ended?.aborted]).toEqual([true, true])
    expect(access.resume('ops', identity.proof)).toBeUndefined()
  })

  it('ends when its issuer is trusted no longer, and not when its token expires', async () => {
    const begun = await begin()
    answerWith(begun.asked)
    const { identity } = await finish(begun)
    runtime.advance(600_000)
    expect(identity.ended?.aborted).toBe(false)
    access.replaceIssuers([settings({ clientId: 'other' })])
    expect(identity.ended?.aborted).toBe(true)
  })

  it.each([
    ['in a header', undefined],
    ['in the form', ['client_secret_post']],
  ])('proves with the secret of the client, %s', async (_, ways) => {
    const folder = temporaryFolder('oidc')
    const clientSecretFile = join(folder, 'secret')
    writeFileSync(clientSecretFile, 'so: secret\n')
    access.replaceIssuers([settings({ clientSecretFile })])
    issuer.discovery = { token_endpoint_auth_methods_supported: ways }
    const begun = await begin()
    const requests = answerWith(begun.asked)
    await finish(begun)
    const [{ form, authorization }] = requests
    if (ways === undefined) expect(atob(authorization!.slice('Basic '.length))).toBe('console:so%3A+secret')
    else expect([form.get('client_secret'), authorization]).toEqual(['so: secret', undefined])
  })

  it('is offered only at issuers that the console is registered at', async () => {
    const { host } = new URL(issuer.url)
    expect(logins.list()).toEqual([{ issuer: issuer.url, name: host }])
    access.replaceIssuers([
      settings({ name: 'Example' }),
      { ...settings(), issuer: 'https://b', console: undefined },
    ])
    expect(logins.list()).toEqual([{ issuer: issuer.url, name: 'Example' }])
    const asked = { issuer: 'https://b', redirectUri, path, address }
    await expect(logins.begin(asked)).rejects.toMatchObject({ code: 'TCN_LOGIN_ISSUER' })
  })
})

describe('a login is refused', () => {
  it('a second time', async () => {
    const begun = await begin()
    answerWith(begun.asked)
    await finish(begun)
    expect(await refusalOf(begun)).toBe('TCN_LOGIN_STATE')
    expect(refusals).toMatchObject([
      { way: 'browser', address, face: 'http', error: { code: 'TCN_LOGIN_STATE' } },
    ])
  })

  it.each<[string, (begun: Begun) => Partial<Begun>]>([
    ['with the state of another one', ({ answer }) => ({ answer: { ...answer, state: 'x'.repeat(43) } })],
    ['without a state', ({ answer }) => ({ answer: { ...answer, state: undefined } })],
    ['in another browser', () => ({ secret: 'x'.repeat(43) })],
    ['in a browser without a cookie', () => ({ secret: '' })],
    ['without a code', ({ answer }) => ({ answer: { ...answer, code: undefined } })],
    ['with the answer of another issuer', ({ answer }) => ({ answer: { ...answer, iss: 'https://other' } })],
  ])('%s, and is over then', async (_, change) => {
    const begun = await begin()
    const requests = answerWith(begun.asked)
    const changed = { ...begun, ...change(begun) }
    expect(await refusalOf(changed)).toBe('TCN_LOGIN_STATE')
    expect(requests).toEqual([])
    if (changed.secret === begun.secret) expect(await refusalOf(begun)).toBe('TCN_LOGIN_STATE')
  })

  it('when the issuer names itself in answers, and this one does not', async () => {
    issuer.discovery = { authorization_response_iss_parameter_supported: true }
    const begun = await begin()
    answerWith(begun.asked)
    expect(await refusalOf(begun)).toBe('TCN_LOGIN_STATE')
  })

  it('when it took too long', async () => {
    const begun = await begin()
    answerWith(begun.asked)
    runtime.advance(LOGIN_TIME_MS)
    expect(logins.pathOf(begun.secret)).toBe(path)
    expect(await refusalOf(begun)).toBe('TCN_LOGIN_STATE')
  })

  it('when the person cancels it, or the issuer does not take the code', async () => {
    const cancelled = await begin()
    expect(await refusalOf({ ...cancelled, answer: { ...cancelled.answer, error: 'access_denied' } })).toBe(
      'TCN_LOGIN_REFUSED',
    )
    const begun = await begin()
    answerWith(begun.asked)
    expect(await refusalOf({ ...begun, answer: { ...begun.answer, code: 'another' } })).toBe(
      'TCN_LOGIN_REFUSED',
    )
    const forbidden = await begin()
    issuer.token = async () => ({ status: 403, body: { error: 'invalid_grant' } })
    expect(await refusalOf(forbidden)).toBe('TCN_LOGIN_REFUSED')
  })

  it.each<[string, JWTPayload]>([
    ['has another nonce', { nonce: 'another' }],
    ['has no nonce', { nonce: undefined }],
    ['has expired', { exp: 1_700_000_000 }],
    ['is for the programs of the hub', { aud: 'tocsin' }],
    ['is for another client', { aud: 'other' }],
    ['was made for another client', { aud: ['console', 'other'], azp: 'other' }],
    ['is of another issuer', { iss: 'https://other' }],
  ])('when the ID token %s', async (_, claims) => {
    const begun = await begin()
    answerWith(begun.asked, claims)
    expect(await refusalOf(begun)).toBe('TCN_ACCESS_TOKEN')
  })

  it('when no principal belongs to the person', async () => {
    const begun = await begin()
    answerWith(begun.asked, { groups: ['guests'] })
    expect(await refusalOf(begun)).toBe('TCN_ACCESS_UNKNOWN')
  })

  it('when the issuer was taken out of the configuration meanwhile', async () => {
    const begun = await begin()
    answerWith(begun.asked)
    access.replaceIssuers([])
    expect(await refusalOf(begun)).toBe('TCN_LOGIN_ISSUER')
  })

  it.each<[string, () => void]>([
    ['answers with an error', () => (issuer.answer = { status: 500, body: '' })],
    ['answers with nonsense', () => (issuer.token = async () => ({ status: 200, body: [] }))],
    ['answers with too much', () => (issuer.answer = { status: 200, body: ' '.repeat(300_000) })],
    [
      'does not know the client',
      () => (issuer.token = async () => ({ status: 401, body: { error: 'invalid_client' } })),
    ],
  ])('when the issuer %s, and only the operator learns why', async (_, spoil) => {
    const begun = await begin()
    spoil()
    expect(await refusalOf(begun)).toBe('TCN_ACCESS_ISSUER')
    expect(refusals[0].error.message).not.toContain(issuer.url)
    expect((refusals[0].error.cause as Error).message).toContain(issuer.url)
  })

  it.each([
    { authorization_endpoint: 'http://other.example/authorize' },
    { token_endpoint: 'javascript:alert(1)' },
    { token_endpoint: undefined },
  ])('before it begins when the issuer offers %j', async (discovery) => {
    issuer.discovery = discovery
    await expect(begin()).rejects.toMatchObject({ code: 'TCN_ACCESS_ISSUER' })
  })
})

describe('many logins', () => {
  it('of one network push out the oldest of their own, and not those of others', async () => {
    const other = await logins.begin({ issuer: issuer.url, redirectUri, path, address: '198.51.100.1' })
    const first = await begin()
    for (let n = 0; n < 100; n++) await begin()
    expect(await refusalOf(first)).toBe('TCN_LOGIN_STATE')
    const asked = new URL(other.location).searchParams
    answerWith(asked)
    const answer = { state: asked.get('state')!, code: 'c1' }
    expect((await logins.finish(other.secret, answer, {})).identity.principal.name).toBe('ops')
    expect(issuer.requests.filter((each) => each.startsWith('/.well-known'))).toHaveLength(1)
  })

  it('that fail are stopped like other attempts from the same address', async () => {
    for (let n = 0; n < 20; n++)
      expect(await refusalOf({ ...(await begin()), secret: 'x' })).toBe('TCN_LOGIN_STATE')
    await expect(begin()).rejects.toMatchObject({ code: 'TCN_ACCESS_TRIES' })
    await expect(access.identify({ user: 'ops', password: 'x', address })).rejects.toMatchObject({
      code: 'TCN_ACCESS_TRIES',
    })
    runtime.advance(60_000)
    const begun = await begin()
    answerWith(begun.asked)
    expect(await refusalOf(begun)).toBe('accepted')
  })
})
