/** The part of net-snmp that is used; the package has no types. */
declare module 'net-snmp' {
  export interface Varbind {
    oid: string
    type: number
    value: number | string | boolean | Buffer | null
  }

  export interface Pdu {
    type: number
    /** Absent in a trap of version 1. */
    id?: number
    varbinds: Varbind[]
    contextName?: string
    enterprise?: string
    agentAddr?: string
    generic?: number
    specific?: number
    upTime?: number
  }

  export interface User {
    name: string
    level: number
    authProtocol?: number
    authKey?: string
    privProtocol?: number
    privKey?: string
  }

  export interface Receiver {
    getAuthorizer(): { addCommunity(community: string): void; addUser(user: User): void }
    close(): void
  }

  const snmp: {
    createReceiver(
      options: {
        port: number
        transport: string
        address: string
        engineID: string
        /** Has the functions of `node:dgram` that a receiver calls. */
        dgramModule: { createSocket(type: string): object }
      },
      callback: (error: Error | null, notification?: { pdu: Pdu }) => void,
    ): Receiver
    SecurityLevel: { noAuthNoPriv: number; authNoPriv: number; authPriv: number }
    AuthProtocols: Record<string, number>
    PrivProtocols: Record<string, number>
    PduType: Record<string, number>
    ObjectType: Record<string, number>
  }
  export default snmp
}
