import type { SecretFile } from '../../config/secret-file.js'
import { messageOf } from '../../errors/thrown.js'
import type { Event } from '../../event/event.js'
import type { Runtime } from '../../event/runtime.js'
import type { Template } from '../../types/template.js'
import { DeliveryFault, faultOf } from '../delivery-fault.js'
import { areShort, buffersOf } from '../event-json.js'
import { deadline } from '../pauses.js'
import { sinkSecret } from '../secret-file.js'
import type { Destination, EventView, SinkWork } from '../sink.js'
import type { MqttSinkConfig } from './config.js'
import { MqttConnection } from './connection.js'
import { compileTopic, payloads, topicOf } from './message.js'

/** Publishes events at a broker of MQTT with quality of service 1: the broker says of each that it has taken it. */
export class MqttDestination implements Destination {
  readonly #config: MqttSinkConfig
  readonly #view: EventView
  readonly #runtime: Runtime
  readonly #work: SinkWork
  readonly #topic: Template
  readonly #password: SecretFile | undefined
  #connection: MqttConnection | undefined

  constructor(config: MqttSinkConfig, view: EventView, runtime: Runtime, work: SinkWork) {
    this.#config = config
    this.#view = view
    this.#runtime = runtime
    this.#work = work
    this.#topic = compileTopic(config.topic)
    this.#password = sinkSecret(config.passwordFile, runtime)
  }

  async deliver(events: readonly Event[], signal: AbortSignal): Promise<void> {
    const limit = deadline(this.#runtime, this.#config.timeout, signal)
    const taken: Event[] = []
    try {
      await Promise.race([this.#publishAll(events, taken, limit.signal), aborted(limit.signal)])
    } catch (thrown) {
      const fault = faultOf(thrown)
      fault.taken = taken
      // The broker may take much later what is on the way.
      if (fault.kind !== 'refused') this.#disconnect()
      throw fault
    } finally {
      limit.end()
    }
  }

  async close(): Promise<void> {
    this.#disconnect()
  }

  #disconnect(): void {
    this.#connection?.close()
    this.#connection = undefined
  }

  /** Notes those that the broker has taken. */
  async #publishAll(events: readonly Event[], taken: Event[], signal: AbortSignal): Promise<void> {
    const connection = await this.#connect(signal)
    for (let at = 0; at < events.length; at += connection.atOnce)
      await this.#publishSome(connection, events.slice(at, at + connection.atOnce), taken)
  }

  async #connect(signal: AbortSignal): Promise<MqttConnection> {
    if (this.#connection?.isOpen === true) return this.#connection
    const connection = await MqttConnection.open(this.#config, this.#password, this.#runtime)
    if (signal.aborted) connection.close()
    else this.#connection = connection
    return connection
  }

  /** Waits for the outcome of all before it rejects because of one. */
  async #publishSome(connection: MqttConnection, events: readonly Event[], taken: Event[]): Promise<void> {
    const payloads: Buffer[] = []
    for (const event of events) payloads.push(await this.#payload(event))
    const sent = events.map(async (event, nth) => {
      await this.#publish(connection, event, payloads[nth])
      taken.push(event)
    })
    const outcomes = await Promise.allSettled(sent)
    const faults = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? faultOf(outcome.reason) : [],
    )
    const fault = faults.find(({ kind }) => kind !== 'refused') ?? faults[0]
    if (fault !== undefined) throw fault
  }

  async #publish(connection: MqttConnection, event: Event, payload: Buffer): Promise<void> {
    const topic = topicOf(this.#topic, event, this.#view)
    if (topic === undefined) throw new DeliveryFault('refused', 'the topic is empty or too long')
    await connection.publish({ topic, payload, retain: this.#config.retain })
  }

  async #payload(event: Event): Promise<Buffer> {
    const pieces = payloads[this.#config.payload](event, this.#view)
    return Buffer.concat(await this.#work(buffersOf(pieces), areShort([event])))
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(new DeliveryFault('unclear', messageOf(signal.reason)))
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}
