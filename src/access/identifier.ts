import { TocsinError } from '../event/errors.js'
import type { Runtime } from '../event/runtime.js'
import { Attempts } from './attempts.js'
import type { Certificates } from './certificates.js'
import type { Credentials, Identify, Identity, PeerCertificateLike } from './identify.js'
import type { Oidc } from './oidc.js'
import type { Passwords } from './passwords.js'
import { idOfToken } from './secret.js'
import type { PrincipalTable, Tokens } from './tokens.js'

export interface Identifying {
  runtime: Runtime
  principals: PrincipalTable
  tokens: Tokens
  passwords: Passwords
  certificates: Certificates
  oidc: Oidc
}

/** Finds out by whatever is shown, in this order: token, password, certificate. */
export class Identifier {
  readonly #by: Identifying
  readonly #attempts: Attempts

  constructor(by: Identifying) {
    this.#by = by
    this.#attempts = new Attempts(by.runtime)
  }

  readonly identify: Identify = (shown: Credentials) => {
    const { token, user, password, certificate, address } = shown
    if (token !== undefined) return this.#byToken(token, address)
    if (user !== undefined && password !== undefined) return this.#byPassword(user, password, address)
    if (certificate !== undefined) return this.#byCertificate(certificate)
    throw new TocsinError('TCN_ACCESS_TOKEN', 'a token is needed here')
  }

  /** 256 random bits cannot be guessed: a good token is taken however many bad ones came from there. */
  #byToken(token: string, address: string | undefined): Identity | Promise<Identity> {
    const { tokens, oidc } = this.#by
    if (idOfToken(token) === undefined && oidc.mayBe(token)) return this.#byOidc(token, address)
    return tokens.identify(token) ?? this.#attempts.fail(address)
  }

  async #byOidc(token: string, address: string | undefined): Promise<Identity> {
    const { oidc } = this.#by
    const known = oidc.known(token)
    if (known !== undefined) return known
    this.#attempts.check(address)
    return (await oidc.identify(token)) ?? this.#attempts.fail(address)
  }

  #byPassword(user: string, password: string, address: string | undefined): Identity | Promise<Identity> {
    return this.#by.passwords.known(user, password) ?? this.#byNewPassword(user, password, address)
  }

  async #byNewPassword(user: string, password: string, address: string | undefined): Promise<Identity> {
    this.#attempts.check(address)
    const identity = await this.#by.passwords.identify(user, password)
    return identity ?? this.#attempts.fail(address, 'the name or the password is wrong')
  }

  #byCertificate(certificate: PeerCertificateLike): Identity {
    const { certificates, principals } = this.#by
    const name = certificates.principalOf(certificate)
    const principal = name === undefined ? undefined : principals.find(name)
    if (principal === undefined) {
      throw new TocsinError('TCN_ACCESS_DENIED', 'the certificate names no principal of this hub, or several')
    }
    return { principal }
  }
}
