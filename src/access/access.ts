import type { Authorize, EventRight, Principal } from '../bus/principal.js'
import { TocsinError } from '../event/errors.js'
import type { CompileOptions } from '../filter/index.js'
import { compileRights, type Grant, type Rights } from './rights.js'

/** The owner of the hub: may do everything. It exists without being configured. */
export const ADMIN = 'admin'

/** Who there is and what each may do; answers the one question that every path asks. */
export class Access {
  readonly #types: CompileOptions
  readonly #principals = new Map<string, Principal>()
  readonly #rights = new Map<string, Rights>()
  readonly #nobody: Rights

  /** `admin` is all-powerful unless the configuration says otherwise. */
  constructor(grants: Readonly<Record<string, Grant>>, types: CompileOptions, adminSource: string) {
    this.#types = types
    this.#nobody = compileRights({}, types)
    this.#add(ADMIN, '*', adminSource)
    for (const [name, grant] of Object.entries(grants)) this.#add(name, grant, name)
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
