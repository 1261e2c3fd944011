import type { Pdu, Receiver } from 'net-snmp'
import { ciphers } from './config.js'
import type { KnownUser, Secrets } from './credentials.js'

/** The result for a message. */
export interface Decoded {
  /** A trap or an inform. */
  pdu?: Pdu
  /** The answer to the sender, if there is one. */
  answer?: Buffer
}

type Hand = (message: Buffer, sender: { address: string; port: number }) => void

/** Decodes messages with net-snmp, and keeps it away from the network: it would answer before an event is published. */
export class SnmpDecoder {
  readonly #receiver: Receiver
  readonly #pduTypes: Record<string, number>
  #hand: Hand = () => undefined
  #decoded: Decoded = {}

  private constructor({ default: snmp }: typeof import('net-snmp'), secrets: Secrets, engineID: string) {
    this.#pduTypes = snmp.PduType
    this.#receiver = snmp.createReceiver(
      {
        port: 1,
        transport: 'udp4',
        address: '',
        engineID,
        dgramModule: { createSocket: () => this.#socket() },
      },
      (_, notification) => {
        this.#decoded.pdu = notification?.pdu
      },
    )
    const authorizer = this.#receiver.getAuthorizer()
    for (const community of secrets.communities) authorizer.addCommunity(community)
    for (const user of secrets.users) authorizer.addUser(userOf(user, snmp))
  }

  /** Loads the library, which only hubs with such a source need. */
  static async create(secrets: Secrets, engineId: string): Promise<SnmpDecoder> {
    return new SnmpDecoder(await import('net-snmp'), secrets, engineId)
  }

  /**
   * Returns nothing for what is neither a trap nor an inform nor a question that must be answered. Throws on what the
   * library can read but cannot write into its answer.
   */
  decode(message: Buffer): Decoded {
    this.#decoded = {}
    this.#hand(message, { address: '', port: 0 })
    return this.#decoded
  }

  isInform({ type }: Pdu): boolean {
    return type === this.#pduTypes.InformRequest
  }

  /** The functions of a socket that a receiver calls. */
  #socket() {
    return {
      on: (event: string, listener: Hand) => {
        if (event === 'message') this.#hand = listener
      },
      bind: () => undefined,
      close: () => undefined,
      send: (answer: Buffer) => {
        this.#decoded.answer = answer
      },
    }
  }
}

function userOf(user: KnownUser, snmp: typeof import('net-snmp')['default']) {
  const { name, auth, authKey, priv, privKey } = user
  const level = priv ? 'authPriv' : auth ? 'authNoPriv' : 'noAuthNoPriv'
  return {
    name,
    level: snmp.SecurityLevel[level],
    ...(auth && { authProtocol: snmp.AuthProtocols[auth], authKey }),
    ...(priv && { privProtocol: snmp.PrivProtocols[ciphers[priv]], privKey }),
  }
}
