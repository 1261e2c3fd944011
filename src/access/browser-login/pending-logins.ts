import type { Runtime } from '../../event/runtime.js'
import { networkOf } from '../network.js'
import type { OidcIssuer } from '../oidc-issuer.js'
import { hashOf } from '../secret.js'

/** Time that a person has to log in at the issuer, ms. */
export const LOGIN_TIME_MS = 10 * 60_000
const MAX_LOGINS = 1000
/** So that nobody alone can push out the logins of others. */
const MAX_LOGINS_OF_NETWORK = 100

/** A login that was begun and waits for the answer of the issuer. */
export interface PendingLogin {
  readonly issuer: OidcIssuer
  readonly state: string
  readonly nonce: string
  /** The verifier of PKCE. */
  readonly verifier: string
  readonly redirectUri: string
  /** Where the person was. */
  readonly path: string
  readonly address: string | undefined
}

interface Kept {
  readonly login: PendingLogin
  readonly network: string
  /** ms (monotonic) */
  readonly due: number
}

/** Logins that wait, by the secret that the browser has in a cookie. Each can be taken once. */
export class PendingLogins {
  readonly #runtime: Runtime
  /** By the hash of the secret, oldest first, since all have the same time. */
  readonly #byHash = new Map<string, Kept>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  keep(secret: string, login: PendingLogin): void {
    const network = login.address === undefined ? '' : networkOf(login.address)
    this.#makeRoom(network)
    const due = this.#runtime.monotonic() + LOGIN_TIME_MS
    this.#byHash.set(hashOf(secret), { login, network, due })
  }

  /** Returns undefined if there is none, or it took too long. */
  take(secret: string): PendingLogin | undefined {
    const hash = hashOf(secret)
    const kept = this.#byHash.get(hash)
    this.#byHash.delete(hash)
    return kept !== undefined && this.#runtime.monotonic() < kept.due ? kept.login : undefined
  }

  /** Also if it took too long. Returns undefined if there is none. */
  pathOf(secret: string): string | undefined {
    return this.#byHash.get(hashOf(secret))?.login.path
  }

  #makeRoom(network: string): void {
    const now = this.#runtime.monotonic()
    for (const [hash, { due }] of this.#byHash) {
      if (now < due) break
      this.#byHash.delete(hash)
    }
    const own = [...this.#byHash].filter(([, kept]) => kept.network === network)
    const [oldest] = own.length >= MAX_LOGINS_OF_NETWORK ? own : this.#byHash
    if (own.length >= MAX_LOGINS_OF_NETWORK || this.#byHash.size >= MAX_LOGINS) this.#byHash.delete(oldest[0])
  }
}
