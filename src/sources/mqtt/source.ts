import { hostname } from 'node:os'
import type { IPublishPacket, MqttClient } from 'mqtt'
import { z } from 'zod'
import { SecretFile } from '../../config/secret-file.js'
import { formatAddress } from '../../config/values/address.js'
import type { Cancel } from '../../event/runtime.js'
import { isLongJson } from '../../incremental/read-json.js'
import { accepted, dialBroker, takeMessages, whenLost } from '../../protocols/mqtt/broker.js'
import { tlsOfFiles } from '../../protocols/transport/tls-files.js'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import type { MqttSourceConfig } from './config.js'
import { LastMessages } from './last-messages.js'
import { dataOf, pathOf, type SubscribedMessage } from './message.js'
import { topicPattern } from './topic-pattern.js'

/** Pause before a message is tried again that the hub has not accepted, ms. */
const PAUSE_MS = 500
/** Messages that the broker may send before the first is acknowledged. */
const MOST_UNACKNOWLEDGED = 64
/** Bytes of a packet beside the message. */
const HEAD_BYTES = 128 * 1024
const REFUSED = 0x80
/** Pause before what has changed is stored: the last messages may be many, ms. */
const STORE_MS = 10_000
/** MQTT 5 §3.8.3.1: the broker sends the messages that it keeps with each subscription, or only with a new one. */
const [KEPT_ALWAYS, KEPT_IF_NEW] = [0, 1] as const

const position = z.object({
  /** Topics that the session is subscribed to. */
  topics: z.array(z.string()),
  last: z.string(),
})

/** Subscribes at a broker of MQTT, and acknowledges each message when its event is stored. */
export class MqttSource implements Source {
  readonly #config: MqttSourceConfig
  #context!: SourceContext
  #client: MqttClient | undefined
  #isStopped = false
  readonly #wanted: RegExp
  #subscribed: readonly string[] = []
  #last!: LastMessages
  #storing: Cancel | undefined
  #counts = { messages: 0, repeated: 0, unwanted: 0 }

  constructor(config: MqttSourceConfig) {
    this.#config = config
    this.#wanted = topicPattern(config.topics)
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    const stored = await context.load((kept) => position.parse(kept))
    this.#subscribed = stored?.topics ?? []
    this.#last = new LastMessages(stored?.last)
    const client = await this.#dial()
    this.#client = client
    if (this.#isStopped) client.end(true)
    // The broker sends a message that could not be taken once more in the next session.
    takeMessages(client, (packet) => this.#take(packet), context.failed)
    await accepted(client)
    whenLost(client, (reason) => {
      if (!this.#isStopped) context.failed(new Error(reason))
    })
    await this.#subscribe(client)
    this.#store()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#client?.end(true)
    if (this.#storing !== undefined) this.#store()
  }

  health(): SourceHealth {
    const { broker, topics } = this.#config
    return { state: 'up', details: { broker: formatAddress(broker), topics, ...this.#counts } }
  }

  async #dial(): Promise<MqttClient> {
    const { secure, broker, tls, passwordFile, keep, maxMessage, name, clientId, once } = this.#config
    const { runtime } = this.#context
    const password = passwordFile === undefined ? undefined : new SecretFile(passwordFile, runtime)
    const login = {
      ...this.#config,
      password: await password?.text(),
      tls: secure ? await tlsOfFiles(tls, broker.host) : undefined,
      longest: maxMessage + HEAD_BYTES,
      runtime,
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

  /** The session may be subscribed to topics that were wanted before. */
  async #subscribe(client: MqttClient): Promise<void> {
    const { topics, version } = this.#config
    const gone = this.#subscribed.filter((topic) => !topics.includes(topic))
    if (gone.length > 0) await client.unsubscribeAsync(gone)
    const rh = this.#last.isFull ? KEPT_IF_NEW : KEPT_ALWAYS
    const granted = await client.subscribeAsync(topics, { qos: 1, ...(version === '5' && { rh }) })
    const refused = granted.find(({ qos }) => qos >= REFUSED)
    if (refused !== undefined) throw new Error(`the broker refuses the subscription to ${refused.topic}`)
    this.#subscribed = topics
  }

  /** Resolves when the message may be acknowledged; never if the source stops before. */
  async #take({ topic, payload, retain }: IPublishPacket): Promise<void> {
    const message = { topic, payload: Buffer.from(payload), retain }
    if (!this.#wanted.test(topic)) this.#counts.unwanted++
    else if (retain && this.#last.has(topic, message.payload)) this.#counts.repeated++
    else await this.#publish(message)
  }

  async #publish(message: SubscribedMessage): Promise<void> {
    const { topic, payload } = message
    const data = await this.#read(message)
    const path = pathOf(topic)
    const store = () => this.#context.offer(path, data) === 'taken'
    while (!this.#isStopped && !this.#context.attempt(store, () => ({ raw: payload }))) await this.#pause()
    if (this.#isStopped) return new Promise(() => undefined)
    this.#counts.messages++
    if (this.#config.ack === 'durable') await this.#context.settled()
    this.#last.add(topic, payload)
    this.#storing ??= this.#context.runtime.after(STORE_MS, () => this.#store())
  }

  #store(): void {
    this.#storing?.()
    this.#storing = undefined
    this.#context.moved(() => ({ topics: this.#subscribed, last: this.#last.kept() }))
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
