import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify, type RemoteJWKSet } from 'jose'
import { messageOf } from '../errors/thrown.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'
import { ask, isSafe, loadClient, TIMEOUT } from './oidc-http.js'

/** The configuration of one issuer. */
export interface OidcIssuerSettings {
  issuer: string
  /** The claim `aud` must contain one of these. */
  audience: string[]
  /** The address of its keys. Default: the one in its discovery document. */
  jwks?: string
  /** The claim whose value is the name of a principal. */
  principalClaim?: string
  /** Principals that the claim may name; `*` means all except `admin`. Default: none. */
  mayName?: '*' | readonly string[]
  /** Mappings from claims to principals, tried in this order before `principalClaim`. */
  map: { claim: string; value: string; principal: string }[]
  /** The settings for logins with a browser. Undefined if there are none. */
  console?: BrowserLoginSettings
}

/** The registration of the web console at an issuer. */
export interface BrowserLoginSettings {
  /** The name of the issuer for people. Default: the host in its URL. */
  name?: string
  clientId: string
  clientSecretFile?: string
  scopes: string[]
  /** Longest duration of a login, ms. */
  lifetime: number
}

/** The discovery document of an issuer. Nothing in it is trusted before it is used. */
export type DiscoveryDocument = Readonly<Record<string, unknown>>

/** Only asymmetric algorithms: with a shared secret, anybody able to check a token could also sign one. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]
/** Tolerated difference between the clocks of two hosts, s. */
const LEEWAY = 30
/** Time before the issuer is asked again for an unknown key or after a failed answer, ms. */
const COOL_DOWN = 10_000
/** Time that a discovery document is used before it is fetched again, ms. */
const DOCUMENT_LIFE = 600_000

/** Checks the tokens of one issuer. Its keys are fetched on demand and kept. */
export class OidcIssuer {
  readonly settings: OidcIssuerSettings
  readonly #runtime: Runtime
  #keys: Promise<RemoteJWKSet> | undefined
  #document: { content: Promise<DiscoveryDocument>; since: number } | undefined
  #failedAt = Number.NEGATIVE_INFINITY

  constructor(settings: OidcIssuerSettings, runtime: Runtime) {
    this.settings = settings
    this.#runtime = runtime
    loadClient()
  }

  /** Returns the claims in the token; undefined if the token is not valid. Rejects with TCN_ACCESS_ISSUER. */
  async verify(token: string, audience = this.settings.audience): Promise<JWTPayload | undefined> {
    const keys = await this.#open()
    const { issuer } = this.settings
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: LEEWAY,
        requiredClaims: ['exp'],
        currentDate: new Date(this.#runtime.now() / 1000),
      })
      return payload
    } catch (error) {
      if (isFaultOfToken(error)) return undefined
      throw unreachable(this.settings.issuer, error)
    }
  }

  /** Fetches its keys, to find out whether that is possible. Rejects with TCN_ACCESS_ISSUER. */
  async probe(): Promise<void> {
    const keys = await this.#open()
    await keys.reload().catch((error: unknown) => {
      throw unreachable(this.settings.issuer, error)
    })
  }

  /** Returns the keys. A failed attempt is not kept, so the next token after the cool-down tries again. */
  async #open(): Promise<RemoteJWKSet> {
    this.#keys ??= this.#find()
    try {
      return await this.#keys
    } catch (error) {
      this.#keys = undefined
      throw unreachable(this.settings.issuer, error)
    }
  }

  async #find(): Promise<RemoteJWKSet> {
    const url = this.settings.jwks ?? (await this.discover()).jwks_uri
    if (!isSafe(url)) throw new Error('its discovery document names no https:// address of keys')
    return createRemoteJWKSet(new URL(url), {
      timeoutDuration: TIMEOUT,
      cooldownDuration: COOL_DOWN,
      [customFetch]: (from, options) => this.#trying(() => ask(from, options)),
    })
  }

  /** Returns the discovery document, which is fetched at most once in a while. */
  async discover(): Promise<DiscoveryDocument> {
    const now = this.#runtime.monotonic()
    const known = this.#document
    const isFresh = known !== undefined && now - known.since < DOCUMENT_LIFE
    const current = isFresh ? known : { content: this.#trying(() => this.#fetch()), since: now }
    this.#document = current
    try {
      return await current.content
    } catch (error) {
      if (this.#document === current) this.#document = undefined
      throw error
    }
  }

  async #fetch(): Promise<DiscoveryDocument> {
    const { issuer } = this.settings
    const response = await ask(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
      signal: AbortSignal.timeout(TIMEOUT),
      redirect: 'manual',
    })
    const found = (await response.json()) as DiscoveryDocument | null
    if (found?.issuer !== issuer) throw new Error('its discovery document is that of another issuer')
    return found
  }

  /** Leaves an issuer alone for a while after it failed. */
  async #trying<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#runtime.monotonic() - this.#failedAt < COOL_DOWN) throw new Error('it did not answer lately')
    try {
      return await work()
    } catch (error) {
      this.#failedAt = this.#runtime.monotonic()
      throw error
    }
  }
}

/** Returns whether the token is at fault, as opposed to the retrieval of the keys. */
function isFaultOfToken(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false
  // This code also stands for invalid answers of the issuer.
  return error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC'
}

/** The error of an issuer that does not answer as it should. */
export function unreachable(issuer: string, cause: unknown): TocsinError {
  if (cause instanceof TocsinError) return cause
  const reason = messageOf(cause)
  return new TocsinError('TCN_ACCESS_ISSUER', undefined, {
    cause: new Error(`${issuer}: ${reason}`, { cause }),
  })
}
