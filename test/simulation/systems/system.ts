import type { OpenLink } from '../../../src/storage/nats/open-link.js'
import { Channel, Network } from '../base/network.js'
import { Addresses } from '../base/streams.js'
import type { Process } from '../base/world.js'
import { World } from '../base/world.js'
import { ModelLink } from '../nats/link.js'
import { NatsModel } from '../nats/server.js'

/** After so long the library of NATS has made another connection, ms. */
const RECONNECTED_MS = 6000

export interface Told {
  /** ms */
  at: number
  text: string
  /** Name of the event that it concerns alone. */
  about: string | undefined
}

/** A world with a network and NATS. */
export class System {
  readonly world: World
  readonly network: Network
  readonly addresses: Addresses
  readonly nats: Process
  /** Begins and ends faults, and never stands still itself. */
  readonly faults: Process
  readonly model: NatsModel
  /** Kinds of things that have happened. */
  readonly seen = new Set<string>()
  /** What has happened, in words, if somebody wants to know. */
  readonly story: Told[] | undefined

  constructor(seed: number, isTold = false) {
    this.story = isTold ? [] : undefined
    this.world = new World(seed)
    this.network = new Network(
      seed,
      () => this.world.time,
      (done) => this.seen.add(done),
    )
    this.addresses = new Addresses(this.world, this.network)
    this.nats = this.world.process('nats')
    this.faults = this.world.process('faults')
    this.model = new NatsModel(this.nats.runtime)
  }

  /** `about`: name of the event, for what concerns one alone. */
  tell(text: string, about?: string): void {
    this.story?.push({ at: this.world.time, text, about })
  }

  /** How a process connects to NATS. */
  linkOf(process: Process): OpenLink {
    return async (_, runtime) => {
      const up = this.#wire(process, this.nats)
      const down = this.#wire(this.nats, process)
      const wires = {
        up: (run: () => void) => up.send(run),
        down: (run: () => void, subject?: string) => down.send(run, subject),
        close: () => down.close(),
      }
      const link = new ModelLink(runtime, this.model, wires, serverOf(process.name))
      process.endings.add(() => link.cutOff())
      return link
    }
  }

  #wire(from: Process, to: Process): Channel<() => void> {
    return new Channel(
      this.network,
      from,
      to,
      () => this.world.time,
      (run) => run(),
      { patience: RECONNECTED_MS, mayDouble: true },
    )
  }
}

/** The server to which a hub connects. */
export function serverOf(hub: string): string {
  return `n${hub.slice('hub'.length)}`
}
