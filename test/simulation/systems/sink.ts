import type { Event } from '../../../src/event/event.js'
import type { Runtime } from '../../../src/event/runtime.js'
import type { ConfiguredSink } from '../../../src/sinks/config.js'
import { DeliveryFault, type FaultKind } from '../../../src/sinks/delivery-fault.js'
import type { Destination } from '../../../src/sinks/sink.js'
import { Channel } from '../base/network.js'
import type { Process } from '../base/world.js'
import type { History } from '../checker/history.js'
import type { System } from './system.js'

/** How long a hub waits for an answer, ms. */
const PATIENCE_MS = 3000
/** The receiver says that it never takes events whose numbers are multiples of this. */
const REFUSED = 50
/** It does not say so of the 35th of each 400. Each event takes seconds, and all must be parked within the time of peace. */
const UNCLEAR = { each: 400, nth: 35 }
const TRIES = 2

type Answer = FaultKind | undefined

/** What hubs deliver to: it takes events, refuses some, and is busy now and then. */
export class Receiver {
  readonly process: Process
  /** It takes nothing for now. */
  isBusy = false
  readonly #system: System
  readonly #history: History
  readonly #taken = new Set<number>()
  #last = 0

  constructor(system: System, history: History) {
    this.process = system.world.process('receiver')
    this.#system = system
    this.#history = history
  }

  /** The sink of a hub that delivers to it. */
  sinkOf(process: Process): ConfiguredSink {
    return {
      settings: 'receiver',
      definition: {
        name: 'receiver',
        type: 'simulation',
        target: 'receiver',
        filter: { any: [{ prefix: { tag: 'load/' } }, { prefix: { tag: 'alert/' } }] },
        from: 'start',
        parallel: 1,
        batch: { events: 20, wait: 20 },
        retry: { tries: TRIES, pause: 200, maxPause: 2000, patience: undefined },
        create: (_, runtime) => new Delivering(this.#system, process, this, runtime),
      },
    }
  }

  /** Takes all of the events, or none. */
  take(events: readonly Named[], hub: string): Answer {
    const answer = this.#answerTo(events)
    const { seen, world } = this.#system
    for (const { place, name } of events) {
      this.#system.tell(`the receiver gets ${name} at @${place} from ${hub}: ${answer ?? 'taken'}`, name)
      seen.add(answer === undefined ? 'delivery of a sink' : `delivery of a sink that is ${answer}`)
      if (this.#taken.has(place)) seen.add('repeated delivery of a sink')
      if (answer === undefined) {
        this.#taken.add(place)
        this.#last = Math.max(this.#last, place)
      } else if (answerTo(name) === 'unclear' && place < this.#last)
        seen.add('delivery of a sink before one that is not taken')
      const isRefused = answerTo(name) !== undefined
      if (answer === undefined || isRefused)
        this.#history.delivered.push({ place, name, isRefused, at: world.time })
    }
    return answer
  }

  /** A hub does not know whether the events were taken. */
  failed(places: readonly number[]): void {
    this.#history.failedDeliveries.push({ places, after: this.#history.delivered.length })
  }

  #answerTo(events: readonly Named[]): Answer {
    if (this.isBusy || this.process.random.chance(0.01)) return 'unclear'
    const answers = events.map(({ name }) => answerTo(name))
    return answers.find((answer) => answer === 'unclear') ?? answers.find((answer) => answer !== undefined)
  }
}

/** The answer of a receiver that can be reached and is not busy. */
function answerTo(name: string): Answer {
  const number = Number(name.slice(name.lastIndexOf('/') + 1))
  if (number % REFUSED === 0) return 'refused'
  return number % UNCLEAR.each === UNCLEAR.nth ? 'unclear' : undefined
}

interface Named {
  place: number
  name: string
}

/** Sends events from a hub to the receiver, and waits for the answers. */
class Delivering implements Destination {
  readonly #runtime: Runtime
  readonly #up: Channel<{ number: number; events: readonly Named[] }>
  readonly #receiver: Receiver
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #numbers = 0

  constructor(system: System, process: Process, receiver: Receiver, runtime: Runtime) {
    const { network, world } = system
    const now = () => world.time
    this.#runtime = runtime
    this.#receiver = receiver
    const down = new Channel<{ number: number; answer: Answer }>(
      network,
      receiver.process,
      process,
      now,
      ({ number, answer }) => this.#waiting.get(number)?.(answer),
    )
    this.#up = new Channel(network, process, receiver.process, now, ({ number, events }) =>
      down.send({ number, answer: receiver.take(events, process.name) }),
    )
  }

  async deliver(events: readonly Event[], signal: AbortSignal): Promise<void> {
    const number = ++this.#numbers
    const answer = await new Promise<Answer>((resolve) => {
      const settle = (given: Answer) => {
        cancel()
        signal.removeEventListener('abort', giveUp)
        resolve(given)
      }
      const giveUp = () => settle('unclear')
      const cancel = this.#runtime.after(PATIENCE_MS, giveUp)
      signal.addEventListener('abort', giveUp)
      this.#waiting.set(number, settle)
      this.#up.send({ number, events: events.map(({ seq, tag }) => ({ place: seq, name: nameOf(tag) })) })
    })
    this.#waiting.delete(number)
    if (answer === 'unclear') this.#receiver.failed(events.map(({ seq }) => seq))
    if (answer !== undefined) throw new DeliveryFault(answer, `the receiver says ${answer}`)
  }

  async close(): Promise<void> {
    this.#up.close()
  }
}

function nameOf(tag: string): string {
  return tag.startsWith('load/') ? tag.slice('load/'.length) : tag
}
