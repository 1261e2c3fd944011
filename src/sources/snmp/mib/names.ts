import type { MibAssignment } from './assignments.js'

const MAX_PARTS = 128
const AT_ONCE = 500

/** The names above all modules, of RFC 1155 and 2578. */
const ROOTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ccitt: '0',
    iso: '1',
    org: '1.3',
    dod: '1.3.6',
    internet: '1.3.6.1',
    directory: '1.3.6.1.1',
    mgmt: '1.3.6.1.2',
    'mib-2': '1.3.6.1.2.1',
    transmission: '1.3.6.1.2.1.10',
    experimental: '1.3.6.1.3',
    private: '1.3.6.1.4',
    enterprises: '1.3.6.1.4.1',
    security: '1.3.6.1.5',
    snmpV2: '1.3.6.1.6',
    snmpDomains: '1.3.6.1.6.1',
    snmpProxys: '1.3.6.1.6.2',
    snmpModules: '1.3.6.1.6.3',
    snmp: '1.3.6.1.2.1.11',
    interfaces: '1.3.6.1.2.1.2',
    ifEntry: '1.3.6.1.2.1.2.2.1',
  }),
)

export interface MibNames {
  /** Names by object identifiers. */
  readonly names: ReadonlyMap<string, string>
  /** Names whose parents are in none of the files. */
  readonly unknown: number
}

/** Finds the identifiers of all names. The same name in two modules is another one in each. */
export function* mibNames(assignments: readonly MibAssignment[]): Generator<undefined, MibNames> {
  const places = new Places(assignments)
  const names = new Map<string, string>()
  let unknown = 0
  for (const [index, assignment] of assignments.entries()) {
    const oid = places.of(assignment)
    if (oid === undefined) unknown++
    else if (!names.has(oid)) names.set(oid, assignment.name)
    if (index % AT_ONCE === AT_ONCE - 1) yield
  }
  return { names, unknown }
}

class Places {
  readonly #inModule = new Map<string, MibAssignment>()
  readonly #anywhere = new Map<string, MibAssignment>()
  readonly #known = new Map<MibAssignment, string>()

  constructor(assignments: readonly MibAssignment[]) {
    for (const each of assignments) {
      const own = inModule(each.module, each.name)
      if (!this.#inModule.has(own)) this.#inModule.set(own, each)
      if (!this.#anywhere.has(each.name)) this.#anywhere.set(each.name, each)
    }
  }

  /** Undefined if a parent is not known, or if names lead in a circle. */
  of(assignment: MibAssignment): string | undefined {
    const above: MibAssignment[] = []
    let oid = this.#known.get(assignment)
    for (let at = assignment; oid === undefined && above.length < MAX_PARTS; ) {
      above.push(at)
      const parent = this.#parentOf(at)
      if (parent === undefined) {
        oid = ROOTS.get(at.parent)
        break
      }
      oid = this.#known.get(parent)
      at = parent
    }
    if (oid === undefined) return undefined
    for (const each of above.reverse()) {
      oid = `${oid}.${each.numbers.join('.')}`
      this.#known.set(each, oid)
    }
    return oid.split('.').length <= MAX_PARTS ? oid : undefined
  }

  #parentOf({ module, parent }: MibAssignment): MibAssignment | undefined {
    return this.#inModule.get(inModule(module, parent)) ?? this.#anywhere.get(parent)
  }
}

function inModule(module: string, name: string): string {
  return `${module} ${name}`
}
