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
  #configured: ReadonlySet<string>
  /** Of tokens: they count for whom the configuration does not know. */
  readonly #granted = new Map<string, Grant>()
  readonly #adminSource: string
  readonly #nobody: Rights
  #tokens: Tokens | undefined

  /** `admin` is all-powerful unless the configuration says otherwise. */
  constructor(grants: Readonly<Record<string, Grant>>, types: CompileOptions, adminSource: string) {
    this.#types = types
    this.#nobody = compileRights({}, types)
    this.#adminSource = adminSource
    this.#configured = this.#configure(grants)
  }

  /**
   * Other grants from now on; who is gone may do nothing. What is open must
   * ask again (`Bus.reauthorize`). Throws where a grant is not sound, and then nothing has changed.
   */
  replace(grants: Readonly<Record<string, Grant>>): void {
    for (const grant of Object.values(grants)) compileRights(grant, this.#types)
    const before = this.#configured
    this.#configured = this.#configure(grants)
    for (const name of before) {
      if (this.#configured.has(name)) continue
      const granted = this.#granted.get(name)
      if (granted !== undefined) this.#add(name, granted)
      else this.forget(name)
    }
  }

  #configure(grants: Readonly<Record<string, Grant>>): ReadonlySet<string> {
    const all = Object.entries({ [ADMIN]: '*' as const, ...grants })
    for (const [name, grant] of all) this.#add(name, grant)
    return new Set(all.map(([name]) => name))
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
    this.#granted.set(name, grant)
    if (!this.#configured.has(name)) this.#add(name, grant)
  }

  forget(name: string): void {
    this.#granted.delete(name)
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

  #add(name: string, grant: Grant): void {
    const usual = name === ADMIN ? this.#adminSource : name
    const source = grant === '*' ? usual : (grant.source ?? usual)
    this.#rights.set(name, compileRights(grant, this.#types))
    // Connections hold the object: it stays the same one as long as there is somebody of this name.
    const known = this.#principals.get(name)
    if (known === undefined) this.#principals.set(name, { name, source })
    else (known as { source: string }).source = source
  }
}
