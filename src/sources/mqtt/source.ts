import { hostname } from 'node:os'
import type { IPublishPacket, MqttClient } from 'mqtt'
import { SecretFile } from '../../config/secret-file.js'
import { formatAddress } from '../../config/values/address.js'
import { isLongJson } from '../../incremental/read-json.js'
import { accepted, dialBroker, takeMessages, whenLost } from '../../protocols/mqtt/broker.js'
import { tlsOfFiles } from '../../protocols/transport/tls-files.js'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import type { MqttSourceConfig } from './config.js'
import { dataOf, pathOf, type SubscribedMessage } from './message.js'

/** Pause before a message is tried again that the hub has not accepted, ms. */
const PAUSE_MS = 500
/** Messages that the broker may send before the first is acknowledged. */
const MOST_UNACKNOWLEDGED = 64
/** Bytes of a packet beside the message. */
const HEAD_BYTES = 128 * 1024
const REFUSED = 0x80

/** Subscribes at a broker of MQTT, and acknowledges each message when its event is stored. */
export class MqttSource implements Source {
  readonly #config: MqttSourceConfig
  #context!: SourceContext
  #client: MqttClient | undefined
  #isStopped = false
  #messages = 0

  constructor(config: MqttSourceConfig) {
    this.#config = config
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    const client = await this.#dial()
    this.#client = client
    // The broker sends a message that could not be taken once more in the next session.
    takeMessages(client, (packet) => this.#take(packet), context.failed)
    await accepted(client)
    whenLost(client, (reason) => {
      if (!this.#isStopped) context.failed(new Error(reason))
    })
    this.#limit(client)
    await this.#subscribe(client)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#client?.end(true)
  }

  health(): SourceHealth {
    const { broker, topics } = this.#config
    return { state: 'up', details: { broker: formatAddress(broker), topics, messages: this.#messages } }
  }

  async #dial(): Promise<MqttClient> {
    const { secure, broker, tls, passwordFile, keep, maxMessage, name, clientId, once } = this.#config
    const { runtime } = this.#context
    const password = passwordFile === undefined ? undefined : new SecretFile(passwordFile, runtime)
    const login = {
      ...this.#config,
      password: await password?.text(),
      tls: secure ? await tlsOfFiles(tls, broker.host) : undefined,
    }
    return dialBroker(login, {
      clientId: clientId ?? (once ? `tocsin-${name}` : `tocsin-${hostname()}-${name}`),
      clean: false,
      ...(this.#config.version === '5' && {
        properties: {
          sessionExpiryInterval: Math.ceil(keep / 1000),
          receiveMaximum: MOST_UNACKNOWLEDGED,
          maximumPacketSize: maxMessage + HEAD_BYTES,
        },
      }),
    })
  }

  async #subscribe(client: MqttClient): Promise<void> {
    const granted = await client.subscribeAsync(this.#config.topics, { qos: 1 })
    const refused = granted.find(({ qos }) => qos >= REFUSED)
    if (refused !== undefined) throw new Error(`the broker refuses the subscription to ${refused.topic}`)
  }

  /** A message is put together in memory: the bytes of each must be bounded, whatever the broker does. */
  #limit(client: MqttClient): void {
    let bytes = 0
    client.stream.on('data', (piece: Uint8Array) => {
      bytes += piece.length
      if (bytes > this.#config.maxMessage + HEAD_BYTES)
        this.#context.failed(new Error('the broker has sent a message that is too long'))
    })
    client.on('packetreceive', () => {
      bytes = 0
    })
  }

  /** Resolves when the message may be acknowledged; never if the source stops before. */
  async #take({ topic, payload, retain }: IPublishPacket): Promise<void> {
    const message = { topic, payload: Buffer.from(payload), retain }
    const data = await this.#read(message)
    const path = pathOf(topic)
    const store = () => this.#context.offer(path, data) === 'taken'
    while (!this.#isStopped && !this.#context.attempt(store, () => ({ raw: payload }))) await this.#pause()
    if (this.#isStopped) return new Promise(() => undefined)
    this.#messages++
    if (this.#config.ack === 'durable') await this.#context.settled()
  }

  #read(message: SubscribedMessage) {
    const { runtime, largestFrame, longWork } = this.#context
    const steps = dataOf(message, runtime, this.#config.redact.length > 0, largestFrame)
    return longWork.settle(`mqtt/${this.#config.name}`, steps, !isLongJson(message.payload))
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#context.runtime.after(PAUSE_MS, resolve)
    })
  }
}
