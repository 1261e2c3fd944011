import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify, type RemoteJWKSet } from 'jose'
import { TocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'

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
}

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
const TIMEOUT = 5000
const MAX_ANSWER = 256 * 1024
/** How long to wait before asking again for an unknown key or after a failed answer, ms. */
const COOL_DOWN = 10_000

/** Checks the tokens of one issuer. Its keys are fetched on demand and kept. */
export class OidcIssuer {
  readonly settings: OidcIssuerSettings
  readonly #runtime: Runtime
  #keys: Promise<RemoteJWKSet> | undefined
  #failedAt = Number.NEGATIVE_INFINITY

  constructor(settings: OidcIssuerSettings, runtime: Runtime) {
    this.settings = settings
    this.#runtime = runtime
  }

  /** Returns the claims in the token; undefined if the token is not valid. Rejects with TCN_ACCESS_ISSUER. */
  async verify(token: string): Promise<JWTPayload | undefined> {
    const keys = await this.#open()
    const { issuer, audience } = this.settings
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
    const { issuer, jwks } = this.settings
    const url = jwks ?? (await this.#trying(() => this.#discover(issuer)))
    return createRemoteJWKSet(new URL(url), {
      timeoutDuration: TIMEOUT,
      cooldownDuration: COOL_DOWN,
      [customFetch]: (from, options) => this.#trying(() => get(from, options)),
    })
  }

  async #discover(issuer: string): Promise<string> {
    const response = await get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
      signal: AbortSignal.timeout(TIMEOUT),
      redirect: 'manual',
    })
    const found = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown }
    if (found.issuer !== issuer) throw new Error('its discovery document is that of another issuer')
    if (typeof found.jwks_uri !== 'string' || !isSafe(found.jwks_uri)) {
      throw new Error('its discovery document names no https:// address of keys')
    }
    return found.jwks_uri
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

async function get(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options)
  if (response.status !== 200) throw new Error(`it answers ${response.status}`)
  return new Response(await bounded(response))
}

async function bounded({ body }: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  if (body !== null) {
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      bytes += chunk.length
      if (bytes > MAX_ANSWER) throw new Error(`it answers with more than ${MAX_ANSWER} bytes`)
      chunks.push(chunk)
    }
  }
  return Buffer.concat(chunks)
}

function isSafe(url: string): boolean {
  return /^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])[:/])/.test(url) && URL.canParse(url)
}

/** Returns whether the token is at fault, as opposed to the retrieval of the keys. */
function isFaultOfToken(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false
  // This code also stands for invalid answers of the issuer.
  return error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC'
}

function unreachable(issuer: string, cause: unknown): TocsinError {
  if (cause instanceof TocsinError) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new TocsinError('TCN_ACCESS_ISSUER', undefined, {
    cause: new Error(`${issuer}: ${reason}`, { cause }),
  })
}
