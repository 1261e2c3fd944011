import type { ConnectionStatus } from '../../../src/client/api.js'
import { HubClient } from '../../../src/client/client.js'
import { dialWithFailover } from '../../../src/client/transport/failover.js'
import { typeOfTag } from '../../../src/client/type-of-tag.js'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import type { Process } from '../base/world.js'
import type { History } from '../checker/history.js'
import type { System } from './system.js'

/** No value of msgpack begins with it. */
const INVALID = Uint8Array.of(0xc1)

export interface ClientSettings {
  process: Process
  /** It uses the first of them that answers. */
  hubs: readonly string[]
  producer: string
  onStatus?: (status: ConnectionStatus) => void
  /** Called with the name of each hub that it has connected to. */
  onHub?: (hub: string) => void
}

/** The product's own client at a process. */
export function clientOf(system: System, settings: ClientSettings): HubClient {
  const { process, hubs, producer, onStatus, onHub = () => undefined } = settings
  const dials = hubs.map((hub): ReturnType<System['addresses']['dial']> => {
    const dial = system.addresses.dial(process, hub, hub)
    return async (events, signal, elsewhere) => {
      const transport = await dial(events, signal, elsewhere)
      onHub(hub)
      return transport
    }
  })
  return new HubClient({
    dial: dialWithFailover(dials),
    hello: { producer, token: undefined, name: process.name },
    reconnect: true,
    window: 1000,
    ack: 'accepted',
    typeOf: typeOfTag(),
    ...(onStatus && { onStatus }),
  })
}

/** Opens a client as often as it takes. */
export function connected(system: System, settings: ClientSettings, done: (client: HubClient) => void): void {
  const client = clientOf(system, settings)
  client.open().then(
    () => done(client),
    () => settings.process.runtime.after(500, () => connected(system, settings, done)),
  )
}

export interface PublisherSettings {
  name: string
  hubs: readonly string[]
  perSecond: number
  /** Each so many-th event has a body that is refused; 0 for none. */
  invalid?: number
}

/** Publishes numbered events as long as it may, and notes what it is told about each. */
export class Publisher {
  readonly name: string
  readonly process: Process
  isOver = false
  readonly #system: System
  readonly #history: History
  readonly #every: number
  readonly #invalid: number
  #hub = ''

  constructor(system: System, { name, hubs, perSecond, invalid = 0 }: PublisherSettings, history: History) {
    this.name = name
    this.#system = system
    this.#history = history
    this.#every = 1000 / perSecond
    this.#invalid = invalid
    this.process = system.world.process(name)
    const onHub = (hub: string) => {
      if (this.#hub !== '' && this.#hub !== hub) system.seen.add('failover')
      this.#hub = hub
      system.tell(`${name} is connected to ${hub}`)
    }
    const onStatus = ({ status, code, reason }: ConnectionStatus) => {
      if (status === 'reconnecting') system.tell(`${name} has lost ${this.#hub}: ${reason} (${code})`)
    }
    const settings = { process: this.process, hubs, producer: name, onHub, onStatus }
    this.process.runtime.after(0, () => connected(system, settings, (client) => this.#publish(client, 1)))
  }

  #publish(client: HubClient, number: number): void {
    if (this.isOver) return
    const { name } = this
    const event = `${name}/${number}`
    const note = this.#history.sent(name, number)
    const told = (answer: string) => {
      this.#system.tell(`${name} is told that ${event} is ${answer}`, event)
      if (answer.startsWith('TCN_')) this.#system.seen.add('refusal')
      note(answer)
    }
    this.#system.tell(`${name} publishes ${event}, connected to ${this.#hub}`, event)
    const isInvalid = this.#invalid > 0 && number % this.#invalid === 0
    const sent = isInvalid ? publishInvalid(client, event) : publish(client, event)
    sent.then(told, (error) => told(outcomeOf(error)))
    this.process.runtime.after(this.#every, () => this.#publish(client, number + 1))
  }
}

function outcomeOf(error: unknown): string {
  return TocsinError.is(error) ? error.code : 'TCN_INTERNAL'
}

export function bodyOf(event: string): { event: string; publisher: string } {
  return { event, publisher: event.slice(0, event.indexOf('/')) }
}

async function publish(client: HubClient, event: string): Promise<string> {
  await client.publish(`load/${event}`, bodyOf(event), { ack: 'durable' })
  return 'durable'
}

async function publishInvalid(client: HubClient, event: string): Promise<string> {
  const { refused } = await client.publishBatch([{ tag: `load/${event}`, body: INVALID }], { ack: 'durable' })
  return refused[0]?.code ?? 'durable'
}
