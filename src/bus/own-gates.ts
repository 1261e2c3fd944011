import type { GateOutcome, OwnEvent, OwnGates, Peer } from './api.js'
import type { GatePublisher } from './gate-parties.js'
import type { Gates } from './gates.js'
import type { GateCause } from './other-guards.js'
import type { Principal } from './principal.js'
import type { Publishers } from './publishers.js'

/** No principal has this name, so its gates have a publisher without rights. */
const HUB: Principal = { name: '', source: 'hub' }
/** Each event of the hub has a publisher of its own, for which it is the first. */
const COUNTER = 1

/** The gates at which the hub's own events wait. */
export class HubGates implements OwnGates {
  readonly #gates: Gates
  readonly #publishers: Publishers

  constructor(gates: Gates, publishers: Publishers) {
    this.#gates = gates
    this.#publishers = publishers
  }

  isAwaited(name: string): boolean | Promise<boolean> {
    return this.#gates.hasSubscribers(name) || (this.#gates.others?.isAwaited(name) ?? false)
  }

  publish(
    event: OwnEvent,
    name: string,
    cause?: { principal: Principal } & Peer,
    deadline?: number,
  ): Promise<GateOutcome> {
    return new Promise((resolve) => {
      const publisher: GatePublisher = {
        principal: HUB,
        gates: 0,
        events: { gateDone: resolve },
        cause: cause && causeOf(cause),
      }
      this.#gates.announce(publisher, name, COUNTER, deadline)
      // If nobody can receive the event, nobody can answer.
      const failed = () => {
        this.#gates.passed(publisher, COUNTER)
        resolve({ name, counter: COUNTER, seq: 0, answers: [], missing: [] })
      }
      const stored = (seq: number, frame: Uint8Array) => this.#gates.stored(publisher, COUNTER, seq, frame)
      if (this.#publishers.closing || !this.#publishers.emit(event, stored, failed)) failed()
    })
  }
}

function causeOf({ principal, program }: { principal: Principal } & Peer): GateCause | undefined {
  return program === undefined ? undefined : { principal: principal.name, program }
}
