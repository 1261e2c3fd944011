import type { PeerCertificateLike } from './identify.js'
import type { Grant } from './rights.js'

/** Principals by the names that stand in client certificates: CN of the subject, or an alternative name. */
export class Certificates {
  readonly #principals = new Map<string, string>()

  set(grants: Readonly<Record<string, Grant>>): void {
    this.#principals.clear()
    for (const [principal, grant] of Object.entries(grants)) {
      if (grant === '*') continue
      for (const name of grant.certificates ?? []) this.#principals.set(name, principal)
    }
  }

  /** Name of the principal. Undefined when none is meant, and when several are. */
  principalOf(certificate: PeerCertificateLike): string | undefined {
    const found = new Set<string>()
    for (const name of namesOf(certificate)) {
      const principal = this.#principals.get(name)
      if (principal !== undefined) found.add(principal)
    }
    const [principal] = found
    return found.size === 1 ? principal : undefined
  }
}

const ALTERNATIVE = /^(?:DNS|URI|email|IP Address):(.*)$/s

/** Node writes `DNS:a, URI:b`, and puts quotes around what could be mistaken for more than one name. */
function namesOf({ subject, subjectaltname }: PeerCertificateLike): string[] {
  const common = subject?.CN ?? []
  const alternatives = subjectaltname === undefined || subjectaltname.includes('"') ? '' : subjectaltname
  return [
    ...(typeof common === 'string' ? [common] : common),
    ...alternatives.split(', ').flatMap((entry) => ALTERNATIVE.exec(entry)?.[1] ?? []),
  ]
}
