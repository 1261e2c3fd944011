import type { JWTPayload } from 'jose'
import { SecretFile } from '../../config/secret-file.js'
import { type ErrorCode, TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import { nextTurn, type Runtime } from '../../event/runtime.js'
import type { Attempts } from '../attempts.js'
import type { Identity } from '../identify.js'
import type { Oidc } from '../oidc.js'
import type { BrowserLoginSettings, OidcIssuer } from '../oidc-issuer.js'
import { digest, isSameText, newSecret } from '../secret.js'
import { endpointsOf, exchange, type LoginEndpoints } from './endpoints.js'
import { type PendingLogin, PendingLogins } from './pending-logins.js'

const RANDOM_BYTES = 32
/** Codes that are exchanged at once. */
const MAX_EXCHANGES = 32
/** Logins that wait for their turn. */
const MAX_WAITING = 1_000

/** Where a login comes from. */
export interface LoginPeer {
  address?: string
  face?: string
}

export interface LoginBegin extends LoginPeer {
  /** URL of the issuer, as in the configuration. */
  issuer: string
  /** Where the issuer sends the person back to. */
  redirectUri: string
  /** Where the person was. */
  path: string
}

/** A login that has begun. */
export interface LoginBegun {
  /** Where the person logs in. */
  readonly location: string
  /** For a cookie: the login can be finished only by the browser that has begun it. */
  readonly secret: string
}

/** The answer of the issuer, as the browser brings it. Anybody may have made it up. */
export interface LoginAnswer {
  state?: string
  code?: string
  iss?: string
  error?: string
}

/** A person who has logged in. */
export interface LoginFinished {
  readonly identity: Identity
  readonly redirectUri: string
}

export interface BrowserLoginsOptions {
  oidc: Oidc
  attempts: Attempts
  runtime: Runtime
  /** Called with each login that was refused. */
  refused(peer: LoginPeer, error: TocsinError): void
}

/** Logins at OpenID Connect issuers with a browser: authorization code with PKCE. */
export class BrowserLogins {
  readonly #options: BrowserLoginsOptions
  readonly #pending: PendingLogins
  readonly #begins: OwnTurns
  readonly #finishes: OwnTurns
  #exchanges = 0

  constructor(options: BrowserLoginsOptions) {
    this.#options = options
    this.#pending = new PendingLogins(options.runtime)
    this.#begins = new OwnTurns(options.runtime)
    this.#finishes = new OwnTurns(options.runtime)
  }

  /** The issuers where people can log in. */
  list(): { issuer: string; name: string }[] {
    return this.#options.oidc.issuers.flatMap(({ settings: { issuer, console } }) =>
      console === undefined ? [] : [{ issuer, name: console.name ?? new URL(issuer).host }],
    )
  }

  /** Rejects with TCN_LOGIN_ISSUER, TCN_ACCESS_ISSUER, TCN_ACCESS_TRIES or TCN_ACCESS_BUSY. */
  begin(asked: LoginBegin): Promise<LoginBegun> {
    return this.#reported(asked, () => this.#begin(asked))
  }

  /** Where the person was who has begun the login that the secret belongs to; undefined if it is over. */
  pathOf(secret: string): string | undefined {
    return this.#pending.pathOf(secret)
  }

  /**
   * Finishes the login that the secret belongs to, which is over then in any case. Rejects with TCN_LOGIN_STATE,
   * TCN_LOGIN_REFUSED, TCN_ACCESS_TOKEN, TCN_ACCESS_UNKNOWN, TCN_ACCESS_ISSUER, TCN_ACCESS_TRIES or TCN_ACCESS_BUSY.
   */
  finish(secret: string, answer: LoginAnswer, peer: LoginPeer): Promise<LoginFinished> {
    return this.#reported(peer, () => this.#finish(secret, answer, peer))
  }

  async #begin({ issuer: url, redirectUri, path, address }: LoginBegin): Promise<LoginBegun> {
    this.#options.attempts.check(address)
    const issuer = this.#options.oidc.issuers.find(({ settings }) => settings.issuer === url)
    const settings = issuer?.settings.console
    if (issuer === undefined || settings === undefined) throw new TocsinError('TCN_LOGIN_ISSUER')
    const endpoints = await endpointsOf(issuer)
    // All that wait for the first answer of the issuer get it at the same time.
    await this.#begins.next()
    const [secret, state, nonce, verifier] = [this.#random(), this.#random(), this.#random(), this.#random()]
    const login = { issuer, state, nonce, verifier, redirectUri, path, address }
    this.#pending.keep(secret, login)
    return { location: locationOf(endpoints, settings, login), secret }
  }

  async #finish(secret: string, answer: LoginAnswer, { address }: LoginPeer): Promise<LoginFinished> {
    const { attempts, oidc } = this.#options
    attempts.check(address)
    const login = this.#pending.take(secret)
    const { state, code, error } = answer
    if (login === undefined || !isSame(state, login.state)) return this.#fail(address, 'TCN_LOGIN_STATE')
    const { issuer } = login
    const settings = issuer.settings.console
    if (!oidc.trusts(issuer) || settings === undefined) throw new TocsinError('TCN_LOGIN_ISSUER')
    const endpoints = await endpointsOf(issuer)
    if (!isOf(issuer, answer, endpoints)) return this.#fail(address, 'TCN_LOGIN_STATE')
    if (error !== undefined) throw new TocsinError('TCN_LOGIN_REFUSED')
    if (code === undefined) return this.#fail(address, 'TCN_LOGIN_STATE')
    const claims = await this.#bounded(() => this.#claimsFor(code, login, settings, endpoints))
    if (claims === undefined) return this.#fail(address, 'TCN_ACCESS_TOKEN')
    // The configuration may have changed meanwhile.
    if (!oidc.trusts(issuer)) throw new TocsinError('TCN_LOGIN_ISSUER')
    const identity = oidc.admit(issuer, claims, settings.lifetime)
    return { identity, redirectUri: login.redirectUri }
  }

  /** Returns undefined if the ID token is not valid, or not for this login. */
  async #claimsFor(
    code: string,
    { issuer, nonce, verifier, redirectUri, address }: PendingLogin,
    { clientId, clientSecretFile }: BrowserLoginSettings,
    endpoints: LoginEndpoints,
  ): Promise<JWTPayload | undefined> {
    const secret =
      clientSecretFile === undefined ? undefined : new SecretFile(clientSecretFile, this.#options.runtime)
    const idToken = await exchange({ issuer, endpoints, clientId, secret, code, verifier, redirectUri })
    if (idToken === undefined) return this.#fail(address, 'TCN_LOGIN_REFUSED')
    const claims = await issuer.verify(idToken, [clientId])
    const isOurs = isSame(claims?.nonce, nonce) && (claims?.azp === undefined || claims.azp === clientId)
    return isOurs ? claims : undefined
  }

  async #bounded<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#exchanges >= MAX_EXCHANGES) throw new TocsinError('TCN_ACCESS_BUSY')
    this.#exchanges++
    try {
      // To ask an issuer takes about a millisecond, and very many may log in at once.
      await this.#finishes.next()
      return await work()
    } finally {
      this.#exchanges--
    }
  }

  #fail(address: string | undefined, code: ErrorCode): never {
    return this.#options.attempts.fail(address, new TocsinError(code))
  }

  async #reported<Result>({ address, face }: LoginPeer, login: () => Promise<Result>): Promise<Result> {
    try {
      return await login()
    } catch (thrown) {
      const error = toTocsinError(thrown, 'TCN_INTERNAL')
      this.#options.refused({ address, face }, error)
      throw error
    }
  }

  #random(): string {
    return newSecret(this.#options.runtime, RANDOM_BYTES)
  }
}

/** Each login continues in a turn of the event loop of its own. */
class OwnTurns {
  readonly #runtime: Runtime
  #last = Promise.resolve()
  #waiting = 0

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Rejects with TCN_ACCESS_BUSY if too many wait. */
  async next(): Promise<void> {
    if (this.#waiting >= MAX_WAITING) throw new TocsinError('TCN_ACCESS_BUSY')
    this.#waiting++
    this.#last = this.#last.then(() => nextTurn(this.#runtime))
    await this.#last
    this.#waiting--
  }
}

function locationOf(
  { authorize }: LoginEndpoints,
  { clientId, scopes }: BrowserLoginSettings,
  { redirectUri, state, nonce, verifier }: Pick<PendingLogin, 'redirectUri' | 'state' | 'nonce' | 'verifier'>,
): string {
  const location = new URL(authorize)
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: [...new Set(['openid', ...scopes])].join(' '),
    state,
    nonce,
    code_challenge: digest(verifier).toString('base64url'),
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(parameters)) location.searchParams.set(name, value)
  return location.href
}

function isOf({ settings }: OidcIssuer, { iss }: LoginAnswer, { namesItself }: LoginEndpoints): boolean {
  return iss === undefined ? !namesItself : iss === settings.issuer
}

function isSame(given: unknown, expected: string): boolean {
  return typeof given === 'string' && isSameText(given, expected)
}
