import type { Authorize, EventRight, Principal } from '../bus/principal.js'
import { TocsinError } from '../event/errors.js'
import type { Runtime } from '../event/runtime.js'
import type { CompileOptions } from '../filter/index.js'
import type { Bucket } from '../state/index.js'
import type { Credentials, Identify, Identity } from './identify.js'
import { compileRights, type Grant, type Rights } from './rights.js'
import { type PrincipalTable, Tokens } from './tokens.js'

/** The owner of the hub: may do everything. It exists without being configured. */
export const ADMIN = 'admin'

export interface AccessStore {
  /** Bucket `principals` of the state store. */
  bucket: Bucket
  runtime: Runtime
}

/** Who there is and what each may do; answers the one question that every path asks. */
export class Access implements PrincipalTable {
  readonly #types: CompileOptions
  readonly #principals = new Map<string, Principal>()
  readonly #rights = new Map<string, Rights>()
  readonly #configured = new Set<string>()
  readonly #nobody: Rights
  #tokens: Tokens | undefined

  /** `admin` is all-powerful unless the configuration says otherwise. */
  constructor(grants: Readonly<Record<string, Grant>>, types: CompileOptions, adminSource: string) {
    this.#types = types
    this.#nobody = compileRights({}, types)
    this.#add(ADMIN, '*', adminSource)
    for (const [name, grant] of Object.entries(grants)) this.#add(name, grant, name)
    for (const name of this.#principals.keys()) this.#configured.add(name)
  }

  /** From now on tokens are taken: those that are stored, and those to come. */
  async open({ bucket, runtime }: AccessStore): Promise<void> {
    this.#tokens = await Tokens.open(bucket, runtime, this)
  }

  close(): void {
    this.#tokens?.close()
  }

  get tokens(): Tokens {
    if (this.#tokens === undefined) throw new TocsinError('TCN_INTERNAL', 'access is not open')
    return this.#tokens
  }

  readonly identify: Identify = ({ token }: Credentials): Identity => {
    const identity = token === undefined ? undefined : this.#tokens?.identify(token)
    if (identity === undefined) throw new TocsinError('TCN_ACCESS_TOKEN')
    return identity
  }

  find(name: string): Principal | undefined {
    return this.#principals.get(name)
  }

  grant(name: string, grant: Grant): void {
    if (!this.#configured.has(name)) this.#add(name, grant, name)
  }

  forget(name: string): void {
    if (this.#configured.has(name)) return
    this.#principals.delete(name)
    this.#rights.delete(name)
  }

  /** Throws TCN_ACCESS_DENIED when there is nobody of this name. */
  principal(name: string): Principal {
    const principal = this.#principals.get(name)
    if (principal === undefined) throw new TocsinError('TCN_ACCESS_DENIED', `there is no principal ${name}`)
    return principal
  }

  readonly authorize: Authorize = ((
    principal: Principal,
    right: EventRight | 'consume' | 'admin',
    name?: string,
  ) => {
    const rights = this.#rights.get(principal.name) ?? this.#nobody
    if (right === 'admin') return rights.admin
    if (right === 'consume') return rights.consume === '*' || rights.consume.has(name ?? '')
    return rights.events[right]
  }) as Authorize

  #add(name: string, grant: Grant, usualSource: string): void {
    const source = grant === '*' ? usualSource : (grant.source ?? usualSource)
    this.#principals.set(name, { name, source })
    this.#rights.set(name, compileRights(grant, this.#types))
  }
}
