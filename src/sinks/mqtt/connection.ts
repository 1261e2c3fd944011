import type { IConnackPacket, MqttClient } from 'mqtt'
import type { SecretFile } from '../../config/secret-file.js'
import { messageOf } from '../../errors/thrown.js'
import type { Runtime } from '../../event/runtime.js'
import { accepted, dialBroker, whenLost } from '../../protocols/mqtt/broker.js'
import { DeliveryFault, type FaultKind } from '../delivery-fault.js'
import { tlsClient } from '../tls.js'
import type { MqttSinkConfig } from './config.js'

export interface MqttMessage {
  topic: string
  payload: Buffer
  retain: boolean
}

/** Messages that may be on the way if a broker does not say it: the specification of MQTT. */
const USUAL_MOST = 65_535
/** More at once gain nothing. */
const MOST_AT_ONCE = 64
/** Refusals that may concern the broker or the connection: quota, a busy server, unspecified. */
const UNCLEAR = new Set([0x80, 0x83, 0x88, 0x89, 0x97])

/** One connection to a broker, which is not used again after it has failed. */
export class MqttConnection {
  /** Messages that may be on the way. */
  readonly atOnce: number
  readonly #client: MqttClient
  /** Reject the messages that are on the way. */
  readonly #waiting = new Set<(fault: DeliveryFault) => void>()
  #lost: DeliveryFault | undefined

  private constructor(client: MqttClient, { properties }: IConnackPacket) {
    this.#client = client
    this.atOnce = Math.min(properties?.receiveMaximum ?? USUAL_MOST, MOST_AT_ONCE)
    whenLost(client, (reason) => this.#lose(reason, 'ended'))
  }

  get isOpen(): boolean {
    return this.#lost === undefined
  }

  /** Rejects with a DeliveryFault. */
  static async open(
    config: MqttSinkConfig,
    password: SecretFile | undefined,
    runtime: Runtime,
  ): Promise<MqttConnection> {
    const { broker, secure, tls, clientId } = config
    const [settings, secret] = await Promise.all([
      secure ? tlsClient(tls, broker.host) : undefined,
      password?.text(),
    ])
    const own = { clean: true, ...(clientId !== undefined && { clientId }) }
    const login = { ...config, password: secret, tls: settings, runtime }
    try {
      const client = await dialBroker(login, own)
      return new MqttConnection(client, await accepted(client))
    } catch (thrown) {
      throw new DeliveryFault('unavailable', messageOf(thrown))
    }
  }

  /** Resolves when the broker has taken the message. Rejects with a DeliveryFault. */
  publish({ topic, payload, retain }: MqttMessage): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      if (this.#lost !== undefined) throw this.#lost
      this.#waiting.add(reject)
      this.#client.publish(topic, payload, { qos: 1, retain }, (error) => {
        this.#waiting.delete(reject)
        if (error) reject(faultOfAnswer(error))
        else resolve()
      })
    })
  }

  close(): void {
    this.#lose('the connection was closed', 'unavailable')
    this.#client.end(true)
  }

  /** The broker has accepted the connection: if it ends it, messages that are on the way may be to blame. */
  #lose(reason: string, kind: FaultKind): void {
    this.#lost ??= new DeliveryFault('unavailable', reason)
    for (const reject of this.#waiting) reject(new DeliveryFault(kind, reason))
    this.#waiting.clear()
  }
}

/** A broker says in version 5 why it has not taken a message; without an answer, the connection has ended. */
function faultOfAnswer(error: Error & { code?: unknown }): DeliveryFault {
  return new DeliveryFault(kindOfAnswer(error.code), messageOf(error))
}

function kindOfAnswer(code: unknown): FaultKind {
  if (typeof code !== 'number') return 'ended'
  return code >= 0x80 && !UNCLEAR.has(code) ? 'refused' : 'unclear'
}
