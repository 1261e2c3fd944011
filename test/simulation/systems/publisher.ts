import { HubClient } from '../../../src/client/client.js'
import { dialWithFailover } from '../../../src/client/transport/failover.js'
import { typeOfTag } from '../../../src/client/type-of-tag.js'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import type { Process } from '../base/world.js'
import type { History } from '../checker/history.js'
import type { System } from './system.js'

/** The product's own client at a process: it uses the first of the hubs that answers. */
export function clientOf(
  system: System,
  process: Process,
  hubs: readonly string[],
  producer: string,
): HubClient {
  return new HubClient({
    dial: dialWithFailover(hubs.map((hub) => system.addresses.dial(process, hub, hub))),
    hello: { producer, token: undefined, name: process.name },
    reconnect: true,
    window: 1000,
    ack: 'accepted',
    typeOf: typeOfTag(),
  })
}

/** Publishes numbered events as long as it may, and notes what it is told about each. */
export class Publisher {
  readonly name: string
  readonly process: Process
  isOver = false
  readonly #history: History
  readonly #every: number

  constructor(system: System, name: string, hubs: readonly string[], perSecond: number, history: History) {
    this.name = name
    this.#history = history
    this.#every = 1000 / perSecond
    this.process = system.world.process(name)
    this.process.runtime.after(0, () => this.#connect(system, hubs))
  }

  #connect(system: System, hubs: readonly string[]): void {
    const client = clientOf(system, this.process, hubs, this.name)
    client.open().then(
      () => this.#publish(client, 1),
      () => this.process.runtime.after(500, () => this.#connect(system, hubs)),
    )
  }

  #publish(client: HubClient, number: number): void {
    if (this.isOver) return
    const told = this.#history.sent(this.name, number)
    client.publish(`load/${this.name}/${number}`, { number }, { ack: 'durable' }).then(
      () => told('durable'),
      (error) => told(TocsinError.is(error) ? error.code : 'TCN_INTERNAL'),
    )
    this.process.runtime.after(this.#every, () => this.#publish(client, number + 1))
  }
}
