import { endedInTime, type Runtime } from '../event/runtime.js'
import { Boundary } from '../parts/boundary.js'
import { Deliveries, type DeliveryListener } from './deliveries.js'
import type { Destination, DestinationHost, SinkDefinition } from './sink.js'
import type { SinkHost, SinkMember, SinkReceiver } from './sink-host.js'

/** Time that an end waits for a destination, which may never answer after something has thrown in it, ms. */
const END_MS = 5_000

/** Makes what delivers for a sink. Its long work is done in turns with that of others. */
export function createDestination(
  definition: SinkDefinition,
  { view, longWork }: SinkHost,
  runtime: Runtime,
): Destination {
  return definition.create(view, runtime, (steps, isShort) =>
    longWork.settle(`sink ${definition.name}`, steps, isShort),
  )
}

/** The sink between one start and its end. */
export class SinkRun {
  readonly deliveries: Deliveries
  member: SinkMember | undefined
  isOver = false
  readonly #boundary: Boundary
  readonly #runtime: Runtime
  readonly #destination: Destination

  /** Throws what making the destination throws. `failed` is called with what is thrown later. */
  constructor(
    definition: SinkDefinition,
    host: SinkHost,
    listener: DeliveryListener,
    failed: (thrown: unknown) => void,
  ) {
    this.#runtime = host.runtime
    this.#boundary = new Boundary('sink', definition.name, (thrown) => {
      if (!this.isOver) failed(thrown)
    })
    const own = this.#boundary.runtime(host.runtime)
    this.#destination = this.#boundary.run(() => createDestination(definition, host, own))
    this.deliveries = new Deliveries(definition, this.#destination, own, this.#whileRunning(listener))
  }

  /** The receiver that the bus may call at any time. */
  receiver(receiver: Pick<SinkReceiver, 'gap' | 'end'>): SinkReceiver {
    const { deliveries } = this
    return {
      get pending() {
        return deliveries.held.pending
      },
      write: this.#boundary.guard((pieces) => deliveries.add(pieces)),
      gap: (reason) => receiver.gap(reason),
      end: (error) => receiver.end(error),
    }
  }

  begin(host: DestinationHost): void {
    this.#boundary.take(() => {
      this.#destination.begin?.(host)
      this.deliveries.begin()
    })
  }

  async end(): Promise<void> {
    await endedInTime(
      this.#runtime,
      this.#boundary.run(() => this.deliveries.stop()),
      END_MS,
    )
    this.isOver = true
    this.member?.close()
  }

  /** A destination may answer when it is over. */
  #whileRunning(listener: DeliveryListener): DeliveryListener {
    return {
      delivered: (...args) => this.isOver || listener.delivered(...args),
      parked: (event, parking) => this.isOver || listener.parked(event, parking),
      failed: (fault, pause) => this.isOver || listener.failed(fault, pause),
      hasRoom: () => this.isOver || listener.hasRoom(),
      gone: (fault) => this.isOver || listener.gone(fault),
    }
  }
}
