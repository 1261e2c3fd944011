import { TocsinError } from '../errors/tocsin-error.js'
import type { Attempts } from './attempts.js'
import type { Credentials, Identify, Identity, PeerCertificateLike } from './identify.js'
import type { Oidc } from './oidc.js'
import type { Passwords } from './passwords.js'
import type { Grant } from './rights.js'
import type { Proof } from './session-record.js'
import type { SshKeys } from './ssh-keys.js'
import { idOfToken } from './token.js'
import type { PrincipalTable, Tokens } from './tokens.js'

export interface Identifying {
  attempts: Attempts
  principals: PrincipalTable
  tokens: Tokens
  passwords: Passwords
  certificates: Certificates
  sshKeys: SshKeys
  oidc: Oidc
}

/** Identifies a peer by the first credentials that it shows, in this order: token, password, key of SSH, certificate. */
export class Identifier {
  readonly #by: Identifying
  readonly #attempts: Attempts

  constructor(by: Identifying) {
    this.#by = by
    this.#attempts = by.attempts
  }

  readonly identify: Identify = (shown: Credentials) => {
    const { token, user, password, sshKey, certificate, address } = shown
    if (token !== undefined) return this.#byToken(token, address)
    if (user !== undefined && password !== undefined) return this.#byPassword(user, password, address)
    if (user !== undefined && sshKey !== undefined) return this.#bySshKey(user, sshKey)
    if (certificate !== undefined) return this.#byCertificate(certificate)
    throw new TocsinError('TCN_ACCESS_NO_TOKEN')
  }

  /** Identifies who has logged in with this proof before; undefined if it is no longer valid. */
  resume(name: string, proof: Proof | undefined): Identity | undefined {
    const identity = this.#resumed(name, proof)
    return identity?.principal.name === name ? identity : undefined
  }

  #resumed(name: string, proof: Proof | undefined): Identity | undefined {
    const { tokens, passwords, oidc, certificates, principals } = this.#by
    const principal = principals.find(name)
    switch (proof?.way) {
      case undefined:
      case 'principal':
        return principal && { principal }
      case 'token':
        return tokens.resume(proof.id)
      case 'password':
        return passwords.resume(name, proof.id)
      case 'oidc':
        return oidc.resume(name, proof)
      case 'certificate':
        return principal && certificates.isOf(proof.id, name) ? { principal, proof } : undefined
      default:
        return undefined
    }
  }

  /** Failures do not count against a valid token: its 256 random bits cannot be guessed. */
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
    if (identity !== undefined) return identity
    const error = new TocsinError('TCN_ACCESS_TOKEN', 'the name or the password is wrong')
    return this.#attempts.fail(address, error)
  }

  #bySshKey(user: string, key: string): Identity {
    const { sshKeys, principals } = this.#by
    const principal = sshKeys.has(user, key) ? principals.find(user) : undefined
    if (principal !== undefined) return { principal }
    throw new TocsinError('TCN_ACCESS_UNKNOWN', 'the key is none of a principal of this name')
  }

  #byCertificate(certificate: PeerCertificateLike): Identity {
    const { certificates, principals } = this.#by
    const found = certificates.principalOf(certificate)
    const principal = found && principals.find(found.principal)
    if (found === undefined || principal === undefined) {
      throw new TocsinError(
        'TCN_ACCESS_UNKNOWN',
        'the certificate names no principal of this hub, or several',
      )
    }
    return { principal, proof: { way: 'certificate', id: found.name } }
  }
}

/** Finds principals by the names in client certificates: the CN of the subject, or an alternative name. */
export class Certificates {
  readonly #principals = new Map<string, string>()

  set(grants: Readonly<Record<string, Grant>>): void {
    this.#principals.clear()
    for (const [principal, grant] of Object.entries(grants)) {
      if (grant === '*') continue
      for (const name of grant.certificates ?? []) this.#principals.set(name, principal)
    }
  }

  /** Returns the principal, and the name that stands for it; undefined if the certificate matches none or several. */
  principalOf(certificate: PeerCertificateLike): { principal: string; name: string } | undefined {
    const found = new Map<string, string>()
    for (const name of namesOf(certificate)) {
      const principal = this.#principals.get(name)
      if (principal !== undefined) found.set(principal, name)
    }
    const [[principal, name] = ['', '']] = found
    return found.size === 1 ? { principal, name } : undefined
  }

  /** Returns whether certificates with this name are the principal. */
  isOf(name: string, principal: string): boolean {
    return this.#principals.get(name) === principal
  }
}

const ALTERNATIVE = /^(?:DNS|URI|email|IP Address):(.*)$/s

/**
 * Returns the names in a certificate. Node joins the alternative names as `DNS:a, URI:b` and quotes those that
 * could be mistaken for several. If any is quoted, all alternative names are ignored.
 */
function namesOf({ subject, subjectaltname }: PeerCertificateLike): string[] {
  const common = subject?.CN ?? []
  const alternatives = subjectaltname === undefined || subjectaltname.includes('"') ? '' : subjectaltname
  return [
    ...(typeof common === 'string' ? [common] : common),
    ...alternatives.split(', ').flatMap((entry) => ALTERNATIVE.exec(entry)?.[1] ?? []),
  ]
}
