import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify, type RemoteJWKSet } from 'jose'
import { TocsinError } from '../event/errors.js'
import type { Runtime } from '../event/runtime.js'

/** One issuer, as configured. */
export interface OidcIssuerSettings {
  issuer: string
  /** One of these must be in `aud`. */
  audience: string[]
  /** Where its keys are; default: where its discovery document says. */
  jwks?: string
  /** Claim whose value is the name of a principal. */
  principalClaim?: string
  /** Principals that the claim may name; `*`: all but `admin`. Default: none. */
  mayName?: '*' | readonly string[]
  /** Tried first, in this order. */
  map: { claim: string; value: string; principal: string }[]
}

/** With a shared secret whoever knows the key that checks could also sign. */
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
/** Clocks of two hosts differ, s. */
const LEEWAY = 30
const TIMEOUT = 5000
const MAX_ANSWER = 256 * 1024
/** An unknown key, or an issuer that did not answer, is asked for again after so long, ms. */
const COOL_DOWN = 10_000

/** Checks tokens of one issuer; its keys are fetched when needed and kept. */
export class OidcIssuer {
  readonly settings: OidcIssuerSettings
  readonly #runtime: Runtime
  #keys: Promise<RemoteJWKSet> | undefined
  #failedAt = Number.NEGATIVE_INFINITY

  constructor(settings: OidcIssuerSettings, runtime: Runtime) {
    this.settings = settings
    this.#runtime = runtime
  }

  /** What it says of somebody; undefined when it is not sound. Rejects with TCN_ACCESS_ISSUER. */
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
      throw unreachable(error)
    }
  }

  /** A failure is not kept: after a while the next token tries again. */
  async #open(): Promise<RemoteJWKSet> {
    this.#keys ??= this.#find()
    try {
      return await this.#keys
    } catch (error) {
      this.#keys = undefined
      throw unreachable(error)
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

  /** An issuer that is not well is left alone for a while. */
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

/** All but what goes wrong on the way to the keys. */
function isFaultOfToken(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false
  // Of this code are answers of the issuer that are none.
  return error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC'
}

function unreachable(cause: unknown): TocsinError {
  if (cause instanceof TocsinError) return cause
  return new TocsinError('TCN_ACCESS_ISSUER', undefined, { cause })
}
