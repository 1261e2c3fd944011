/** Names of RFC 3418, 2863 and 3584, and those of the agent of Net-SNMP. */
const standard: Record<string, string> = {
  '1.3.6.1.6.3.1.1.5.1': 'coldStart',
  '1.3.6.1.6.3.1.1.5.2': 'warmStart',
  '1.3.6.1.6.3.1.1.5.3': 'linkDown',
  '1.3.6.1.6.3.1.1.5.4': 'linkUp',
  '1.3.6.1.6.3.1.1.5.5': 'authenticationFailure',
  '1.3.6.1.6.3.1.1.5.6': 'egpNeighborLoss',
  '1.3.6.1.4.1.8072.4.0.1': 'nsNotifyStart',
  '1.3.6.1.4.1.8072.4.0.2': 'nsNotifyShutdown',
  '1.3.6.1.4.1.8072.4.0.3': 'nsNotifyRestart',
  '1.3.6.1.2.1.1.1': 'sysDescr',
  '1.3.6.1.2.1.1.2': 'sysObjectID',
  '1.3.6.1.2.1.1.3': 'sysUpTime',
  '1.3.6.1.2.1.1.4': 'sysContact',
  '1.3.6.1.2.1.1.5': 'sysName',
  '1.3.6.1.2.1.1.6': 'sysLocation',
  '1.3.6.1.2.1.2.2.1.1': 'ifIndex',
  '1.3.6.1.2.1.2.2.1.2': 'ifDescr',
  '1.3.6.1.2.1.2.2.1.3': 'ifType',
  '1.3.6.1.2.1.2.2.1.7': 'ifAdminStatus',
  '1.3.6.1.2.1.2.2.1.8': 'ifOperStatus',
  '1.3.6.1.2.1.31.1.1.1.1': 'ifName',
  '1.3.6.1.2.1.31.1.1.1.18': 'ifAlias',
  '1.3.6.1.6.3.1.1.4.1': 'snmpTrapOID',
  '1.3.6.1.6.3.1.1.4.3': 'snmpTrapEnterprise',
  '1.3.6.1.6.3.18.1.3': 'snmpTrapAddress',
  '1.3.6.1.6.3.18.1.4': 'snmpTrapCommunity',
}

/** Parts of the instance at the end of an identifier, such as the number of an interface. */
const MAX_INSTANCE = 32

/** Finds the names of object identifiers. */
export class ObjectNames {
  readonly #names: Map<string, string>

  /** `own` comes before `ofMibs`, and these before the standard. */
  constructor(own: Readonly<Record<string, string>>, ofMibs: ReadonlyMap<string, string> = new Map()) {
    this.#names = new Map([...Object.entries(standard), ...ofMibs, ...Object.entries(own)])
  }

  of(oid: string): string | undefined {
    return this.#names.get(oid)
  }

  /** The name of a variable, and the instance of it: `ifDescr` and `2`. */
  ofVariable(oid: string): { name: string; instance: string } | undefined {
    let end = oid.length
    for (let parts = 0; parts < MAX_INSTANCE; parts++) {
      const name = this.#names.get(oid.slice(0, end))
      if (name !== undefined) return { name, instance: oid.slice(end + 1) }
      end = oid.lastIndexOf('.', end - 1)
      if (end < 0) break
    }
    return undefined
  }
}
