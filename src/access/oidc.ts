import { setMaxListeners } from 'node:events'
import { isDeepStrictEqual } from 'node:util'
import { decodeJwt, type JWTPayload } from 'jose'
import type { Principal } from '../bus/principal.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import type { Identity } from './identify.js'
import { OidcIssuer, type OidcIssuerSettings } from './oidc-issuer.js'
import { ADMIN } from './rights.js'
import { hashOf } from './secret.js'
import type { Proof } from './session-record.js'

const MAX_TOKEN = 8192
/** Tokens that are remembered until they expire, so that each is checked once. */
const MAX_KNOWN = 10_000
/** A token that is valid for longer than this is checked again, ms. No timer waits for longer. */
const DAY_MS = 86_400_000
/** The end of the year 9999, s. */
const LAST_TIME = 253_402_300_799
const form = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** Finds a principal of the configuration. Issuers never stand for principals that came with a token. */
export type FindConfigured = (name: string) => Principal | undefined

interface Known {
  issuer: OidcIssuer
  identity: Identity
  /** Ends everything that was opened with the token. */
  end: () => void
  cancel: Cancel
}

/** Identifies users by the tokens of OpenID Connect issuers. */
export class Oidc {
  #issuers: ReadonlyMap<string, OidcIssuer> = new Map()
  readonly #find: FindConfigured
  readonly #runtime: Runtime
  readonly #known = new Map<string, Known>()

  constructor(issuers: readonly OidcIssuerSettings[], find: FindConfigured, runtime: Runtime) {
    this.#find = find
    this.#runtime = runtime
    this.replace(issuers)
  }

  /** Replaces the issuers. Everything ends that was opened with a token of one that is gone or has changed. */
  replace(issuers: readonly OidcIssuerSettings[]): void {
    const before = this.#issuers
    const kept = (settings: OidcIssuerSettings) => {
      const known = before.get(settings.issuer)
      return isDeepStrictEqual(known?.settings, settings) ? known : undefined
    }
    this.#issuers = new Map(
      issuers.map((each) => [each.issuer, kept(each) ?? new OidcIssuer(each, this.#runtime)]),
    )
    for (const { issuer, end } of [...this.#known.values()]) if (!this.trusts(issuer)) end()
  }

  /** All issuers that the hub trusts. */
  get issuers(): readonly OidcIssuer[] {
    return [...this.#issuers.values()]
  }

  mayBe(token: string): boolean {
    return this.#issuers.size > 0 && token.length <= MAX_TOKEN && form.test(token)
  }

  /** Returns the identity for a token that was checked before and has not expired. */
  known(token: string): Identity | undefined {
    return this.#known.get(hashOf(token))?.identity
  }

  /**
   * Returns undefined for a token that is not valid. Rejects with TCN_ACCESS_UNKNOWN, TCN_ACCESS_BUSY or
   * TCN_ACCESS_ISSUER.
   */
  async identify(token: string): Promise<Identity | undefined> {
    const issuer = this.#issuerOf(token)
    const claims = await issuer?.verify(token)
    // The configuration may have changed meanwhile.
    if (issuer === undefined || !isTokenTime(claims?.exp) || !this.trusts(issuer)) return undefined
    const principal = this.principalOf(issuer, claims)
    const proof = { way: 'oidc', id: idOf(issuer), until: claims.exp * 1e6 }
    const due = Math.min(proof.until, this.#runtime.now() + DAY_MS * 1000)
    return this.known(token) ?? this.#remember(hashOf(token), issuer, { principal, proof }, due)
  }

  /**
   * Identifies a person who has logged in at the issuer, for that time, ms. Throws TCN_ACCESS_UNKNOWN or
   * TCN_ACCESS_BUSY.
   */
  admit(issuer: OidcIssuer, claims: JWTPayload, lifetime: number): Identity {
    const principal = this.principalOf(issuer, claims)
    const proof = { way: 'oidc', id: idOf(issuer), until: this.#runtime.now() + lifetime * 1000 }
    return this.resume(principal.name, proof)!
  }

  /** The identity of a person who has shown a token of this issuer before; undefined if it has expired, or is not trusted. */
  resume(user: string, { id, until = 0 }: Proof): Identity | undefined {
    const issuer = this.issuers.find((each) => idOf(each) === id)
    const principal = this.#find(user)
    if (issuer === undefined || principal === undefined || until <= this.#runtime.now()) return undefined
    const key = `${user} ${until} ${id}`
    const shown = { principal, proof: { way: 'oidc', id, until } }
    return this.#known.get(key)?.identity ?? this.#remember(key, issuer, shown, until)
  }

  /** Returns the principal for whom the issuer has made these claims. Throws TCN_ACCESS_UNKNOWN. */
  principalOf({ settings }: OidcIssuer, claims: JWTPayload): Principal {
    const name = nameIn(settings, claims)
    const principal = name === undefined ? undefined : this.#find(name)
    if (principal !== undefined) return principal
    throw new TocsinError(
      'TCN_ACCESS_UNKNOWN',
      'the token is valid, but its owner is not a principal of this hub',
    )
  }

  close(): void {
    for (const { cancel } of this.#known.values()) cancel()
  }

  /** Returns whether the issuer is still one of the configuration. */
  trusts(issuer: OidcIssuer): boolean {
    return this.#issuers.get(issuer.settings.issuer) === issuer
  }

  #issuerOf(token: string): OidcIssuer | undefined {
    try {
      const { iss } = decodeJwt(token)
      return iss === undefined ? undefined : this.#issuers.get(iss)
    } catch {
      return undefined
    }
  }

  /** Remembers it until it is due, µs since the epoch, or the issuer is not trusted any more. */
  #remember(key: string, issuer: OidcIssuer, shown: Omit<Identity, 'ended'>, due: number): Identity {
    if (this.#known.size >= MAX_KNOWN) {
      throw new TocsinError('TCN_ACCESS_BUSY', 'too many users are logged in')
    }
    const ending = new AbortController()
    setMaxListeners(0, ending.signal)
    const end = () => {
      cancel()
      this.#known.delete(key)
      ending.abort()
    }
    const cancel = this.#runAt(due, end)
    const identity: Identity = { ...shown, ended: ending.signal }
    this.#known.set(key, { issuer, identity, end, cancel })
    return identity
  }

  #runAt(due: number, run: () => void): Cancel {
    let cancel: Cancel
    const wait = () => {
      const left = Math.max(0, (due - this.#runtime.now()) / 1000)
      cancel = this.#runtime.after(Math.min(left, DAY_MS), left > DAY_MS ? wait : run)
    }
    wait()
    return () => cancel()
  }
}

/** Changes with the settings of the issuer, as the trust in its tokens does. */
function idOf({ settings }: OidcIssuer): string {
  return hashOf(JSON.stringify(settings))
}

function nameIn(
  { map, principalClaim, mayName = [] }: OidcIssuerSettings,
  claims: JWTPayload,
): string | undefined {
  const mapped = map.find(({ claim, value }) => has(claimOf(claims, claim), value))
  if (mapped !== undefined || principalClaim === undefined) return mapped?.principal
  const named = claimOf(claims, principalClaim)
  // Users choose their own names, so a name stands for a principal only where the configuration allows it.
  if (typeof named !== 'string') return undefined
  const allowed = mayName === '*' ? named !== ADMIN : mayName.includes(named)
  return allowed ? named : undefined
}

function has(found: unknown, value: string): boolean {
  return Array.isArray(found) ? found.includes(value) : found === value
}

/** Returns the claim of this name, or else the one at this path: `realm_access.roles`. */
function claimOf(claims: JWTPayload, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  let at: unknown = claims
  for (const part of name.split('.')) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, part)) return undefined
    at = (at as Record<string, unknown>)[part]
  }
  return at
}

function isTokenTime(seconds: number | undefined): seconds is number {
  return seconds !== undefined && seconds <= LAST_TIME
}
