import { isDeepStrictEqual } from 'node:util'
import type { Authorize, Principal, Right } from '../bus/principal.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'
import type { CompileOptions, Filter } from '../filter/index.js'
import { finished } from '../incremental/steps.js'
import type { PartRight, PartRights } from '../parts/part-right.js'
import type { Bucket } from '../state/index.js'
import { Attempts } from './attempts.js'
import { BrowserLogins, type LoginPeer } from './browser-login/browser-logins.js'
import { Certificates, Identifier } from './identifier.js'
import type { Credentials, Identify, Identity } from './identify.js'
import { Oidc } from './oidc.js'
import type { OidcIssuerSettings } from './oidc-issuer.js'
import { Passwords } from './passwords.js'
import {
  ADMIN,
  compileRights,
  covers,
  type Grant,
  type Granted,
  type NameSet,
  type Rights,
} from './rights.js'
import type { Proof } from './session-record.js'
import { SshKeys } from './ssh-keys.js'
import { type PrincipalTable, Tokens } from './tokens.js'

export interface AccessStore {
  /** The bucket `principals` of the state store. */
  bucket: Bucket
  runtime: Runtime
  oidc?: readonly OidcIssuerSettings[]
  /** Called with each login that was refused. */
  loginRefused?(refusal: LoginRefusal): void
}

/** A peer whose credentials were refused. */
export interface LoginRefusal {
  way: 'token' | 'password' | 'key' | 'certificate' | 'browser'
  /** The name that came with the password, if it is a principal's: others may be anything, such as a password. */
  user?: string
  address?: string
  face?: string
  error: TocsinError
}

interface Known {
  principal: Principal
  grant: Grant
  rights: Rights
}

/** The ways in which a peer can identify itself. */
interface Ways {
  tokens: Tokens
  passwords: Passwords
  oidc: Oidc
  browserLogins: BrowserLogins
  identifier: Identifier
}

/**
 * Keeps all principals and their rights, and decides what each of them may do.
 */
export class Access implements PrincipalTable {
  readonly #types: CompileOptions
  readonly #known = new Map<string, Known>()
  #configured: ReadonlySet<string>
  /** Rights that came with tokens. They apply only to principals that the configuration does not have. */
  readonly #granted = new Map<string, Grant>()
  readonly #certificates = new Certificates()
  readonly #sshKeys = new SshKeys()
  readonly #removals = new Set<(name: string) => void>()
  /** The answers for limits, for as long as the rights are the same. */
  readonly #within = new WeakMap<Granted, { rights: Rights; is: boolean }>()
  readonly #adminSource: string
  readonly #partRights: readonly PartRight[]
  readonly #nobody: Rights
  #ways: Ways | undefined
  #loginRefused: AccessStore['loginRefused']

  /** The principal `admin` may do everything unless the configuration restricts it. */
  constructor(
    grants: Readonly<Record<string, Grant>>,
    types: CompileOptions,
    adminSource: string,
    partRights: readonly PartRight[] = [],
  ) {
    this.#types = types
    this.#partRights = partRights
    this.#nobody = this.#compile({})
    this.#adminSource = adminSource
    this.#configured = this.#configure(grants, finished(this.prepare(grants)))
  }

  /**
   * Makes the rights of the grants of a configuration, those of one principal in each step; unchanged ones are kept. Then
   * compares them with the limit of one token or password in each step, so that `replace` need not. Throws if a grant is
   * not valid.
   */
  *prepare(grants: Readonly<Record<string, Grant>>): Generator<void, ReadonlyMap<string, Rights>> {
    const rights = new Map<string, Rights>()
    const all = new Map(withAdmin(grants))
    for (const [name, grant] of all) {
      const known = this.#known.get(name)
      const isSame = known !== undefined && isDeepStrictEqual(known.grant, grant)
      rights.set(name, isSame ? known.rights : this.#compile(grant, name))
      yield
    }
    for (const { limit, principal } of this.#limits()) {
      const grant = all.get(principal)
      const made = rights.get(principal)
      if (limit !== undefined && grant !== undefined && made !== undefined)
        this.#covered(limit, made, { grant, source: this.#sourceOf(principal, grant) })
      yield
    }
    return rights
  }

  *#limits(): Iterable<{ limit?: Granted; principal: string }> {
    yield* this.#ways?.tokens.records() ?? []
    yield* this.#ways?.passwords.records() ?? []
  }

  /**
   * Replaces the grants of the configuration. Principals that were removed lose all rights. Everything already
   * open must be checked again (`Bus.reauthorize`). Throws if a grant is not valid, and then nothing has changed.
   */
  replace(grants: Readonly<Record<string, Grant>>, rights = finished(this.prepare(grants))): void {
    const before = this.#configured
    this.#configured = this.#configure(grants, rights)
    for (const name of before) {
      if (this.#configured.has(name)) continue
      const granted = this.#granted.get(name)
      if (granted !== undefined) this.#add(name, granted)
      else this.#remove(name)
    }
    this.#ways?.tokens.endExceeding()
    this.#ways?.passwords.endExceeding()
  }

  #configure(
    grants: Readonly<Record<string, Grant>>,
    rights: ReadonlyMap<string, Rights>,
  ): ReadonlySet<string> {
    const all = withAdmin(grants)
    for (const [name, grant] of all) this.#add(name, grant, rights.get(name))
    this.#certificates.set(grants)
    this.#sshKeys.set(grants)
    return new Set(all.map(([name]) => name))
  }

  /** Starts to accept credentials: the tokens and passwords in the store, and those that are added later. */
  async open({ bucket, runtime, oidc: issuers = [], loginRefused }: AccessStore): Promise<void> {
    this.#loginRefused = loginRefused
    const tokens = await Tokens.open(bucket, runtime, this)
    const passwords = await Passwords.open(bucket, runtime, this)
    const oidc = new Oidc(issuers, (name) => this.configured(name), runtime)
    const attempts = new Attempts(runtime)
    const identifier = new Identifier({
      attempts,
      principals: this,
      tokens,
      passwords,
      certificates: this.#certificates,
      sshKeys: this.#sshKeys,
      oidc,
    })
    const refused = (peer: LoginPeer, error: TocsinError) =>
      loginRefused?.({ way: 'browser', ...peer, error })
    const browserLogins = new BrowserLogins({ oidc, attempts, runtime, refused })
    this.#ways = { tokens, passwords, oidc, browserLogins, identifier }
  }

  /** Replaces the OpenID Connect issuers. Users of issuers that are gone or have changed must log in again. */
  replaceIssuers(issuers: readonly OidcIssuerSettings[]): void {
    this.#open.oidc.replace(issuers)
  }

  close(): void {
    this.#ways?.tokens.close()
    this.#ways?.passwords.close()
    this.#ways?.oidc.close()
  }

  get tokens(): Tokens {
    return this.#open.tokens
  }

  get passwords(): Passwords {
    return this.#open.passwords
  }

  /** Logins at issuers with a browser. */
  get browserLogins(): BrowserLogins {
    return this.#open.browserLogins
  }

  readonly identify: Identify = (credentials) => {
    try {
      const identity = this.#open.identifier.identify(credentials)
      return identity instanceof Promise
        ? identity.catch((error) => this.#refuse(credentials, error))
        : identity
    } catch (error) {
      return this.#refuse(credentials, error)
    }
  }

  /** Identifies who has logged in with this proof before; undefined if it is no longer valid. */
  resume(name: string, proof: Proof | undefined): Identity | undefined {
    return this.#open.identifier.resume(name, proof)
  }

  /** Reports a login that a face has refused itself. */
  loginRefused(credentials: Credentials, error: TocsinError): void {
    const { user, certificate, address, face } = credentials
    const way = wayOf(credentials)
    // A peer that shows nothing is only asked for credentials.
    if (way === 'certificate' && certificate === undefined) return
    const known = user !== undefined && this.find(user) !== undefined ? user : undefined
    this.#loginRefused?.({ way, user: known, address, face, error })
  }

  #refuse(credentials: Credentials, error: unknown): never {
    if (TocsinError.is(error)) this.loginRefused(credentials, error)
    throw error
  }

  /** Returns whether a peer that signs with this key, in base64, may log in over SSH under the name. */
  hasSshKey(name: string, key: string): boolean {
    return this.#sshKeys.has(name, key) && this.find(name) !== undefined
  }

  /** Throws TCN_ACCESS_UNKNOWN if no principal has this name. */
  principal(name: string): Principal {
    const principal = this.find(name)
    if (principal === undefined) throw new TocsinError('TCN_ACCESS_UNKNOWN', `there is no principal ${name}`)
    return principal
  }

  find(name: string): Principal | undefined {
    return this.#known.get(name)?.principal
  }

  configured(name: string): Principal | undefined {
    return this.#configured.has(name) ? this.find(name) : undefined
  }

  grantOf(name: string): Grant | undefined {
    return this.#known.get(name)?.grant
  }

  grant(name: string, grant: Grant): void {
    this.#granted.set(name, grant)
    if (!this.#configured.has(name)) this.#add(name, grant)
  }

  forget(name: string): void {
    this.#granted.delete(name)
    if (!this.#configured.has(name)) this.#remove(name)
  }

  /** Tells of principals that are removed, until the returned function is called. */
  onRemoved(listener: (name: string) => void): () => void {
    this.#removals.add(listener)
    return () => void this.#removals.delete(listener)
  }

  /**
   * Returns the limit of credentials that `by` makes: its rights, unless these are all. Throws TCN_ACCESS_DENIED unless
   * it has every right that the credentials would carry.
   */
  checkMayGrant(by: Principal, name: string, grant?: Grant): Granted | undefined {
    const own = this.#known.get(by.name)
    if (own === undefined || !this.#covers(by, name, grant))
      throw new TocsinError('TCN_ACCESS_DENIED', `${name} would have rights that ${by.name} does not have`)
    return own.grant === '*' ? undefined : { grant: own.grant, source: by.source }
  }

  /** Throws TCN_ACCESS_DENIED unless `by` has every right that the credentials carry. */
  checkMayEnd(by: Principal, name: string, grant?: Grant): void {
    if (this.#covers(by, name, grant)) return
    throw new TocsinError('TCN_ACCESS_DENIED', `${name} has rights that ${by.name} does not have`)
  }

  #covers(by: Principal, name: string, grant: Grant = this.grantOf(name) ?? {}): boolean {
    const own = this.#known.get(by.name)
    const source = this.find(name)?.source ?? (grant === '*' ? name : (grant.source ?? name))
    if (own === undefined) return false
    return covers({ grant: own.grant, source: by.source }, { grant, source }, this.#partRights)
  }

  isWithin(limit: Granted | undefined, name: string): boolean {
    const known = this.#known.get(name)
    if (limit === undefined || known === undefined) return true
    return this.#covered(limit, known.rights, { grant: known.grant, source: known.principal.source })
  }

  /** The rights are those of what is asked for. */
  #covered(limit: Granted, rights: Rights, asked: Granted): boolean {
    const found = this.#within.get(limit)
    if (found?.rights === rights) return found.is
    const is = covers(limit, asked, this.#partRights)
    this.#within.set(limit, { rights, is })
    return is
  }

  readonly authorize: Authorize = ((principal: Principal, right: Right, name?: string) => {
    const rights = this.#known.get(principal.name)?.rights ?? this.#nobody
    if (right === 'owner' || right === 'admin' || right === 'monitor' || right === 'allJobs')
      return rights[right]
    if (right === 'consume' || right === 'run' || right === 'ask') return includes(rights[right], name)
    return rights.events[right]
  }) as Authorize

  /** The events that a principal may see, as a filter for other hubs. */
  seenBy(principal: Principal): Filter {
    return (this.#known.get(principal.name)?.rights ?? this.#nobody).seen
  }

  /** Returns the level of the principal in a right that a part adds; undefined if it does not have the right. */
  level<Name extends keyof PartRights>(principal: Principal, right: Name): PartRights[Name] | undefined {
    return this.#known.get(principal.name)?.rights.levels[right]
  }

  get #open(): Ways {
    if (this.#ways === undefined) throw new TocsinError('TCN_ACCESS_TOKEN', 'this hub does not accept tokens')
    return this.#ways
  }

  #remove(name: string): void {
    this.#known.delete(name)
    for (const listener of this.#removals) listener(name)
  }

  #compile(grant: Grant, name?: string): Rights {
    return compileRights(grant, this.#types, this.#partRights, name)
  }

  #sourceOf(name: string, grant: Grant): string {
    const usual = name === ADMIN ? this.#adminSource : name
    return grant === '*' ? usual : (grant.source ?? usual)
  }

  #add(name: string, grant: Grant, rights = this.#compile(grant, name)): void {
    const source = this.#sourceOf(name, grant)
    const known = this.#known.get(name)
    if (known?.rights === rights) return
    // Connections keep this object, so it stays the same for as long as the principal exists.
    const principal = known?.principal ?? { name, source }
    ;(principal as { source: string }).source = source
    this.#known.set(name, { principal, grant, rights })
  }
}

function wayOf({ token, user, sshKey }: Credentials): LoginRefusal['way'] {
  if (token !== undefined) return 'token'
  if (sshKey !== undefined) return 'key'
  return user === undefined ? 'certificate' : 'password'
}

function withAdmin(grants: Readonly<Record<string, Grant>>): [name: string, grant: Grant][] {
  return Object.entries({ [ADMIN]: '*' as const, ...grants })
}

/** Returns whether the name is among them; without a name: whether there are any. */
function includes(names: '*' | NameSet, name: string | undefined): boolean {
  if (names === '*') return true
  return name === undefined ? names.size > 0 : names.has(name)
}
