import { TocsinError } from '../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import type { GateOutcome, PublisherEvents } from './api.js'
import { diagnostics } from './diagnostics.js'
import type { Group } from './group.js'
import type { Authorize, Principal } from './principal.js'
import type { Sink } from './sink.js'

const MAX_GATES_PER_PUBLISHER = 1000
const MAX_GATES_PER_SUBSCRIBER = 16

export interface GatePublisher {
  /** Gates announced for events that are not stored yet; set by `Gates`. */
  gates: number
  readonly events: Pick<PublisherEvents, 'gateDone'>
}

export interface GateSubscriber {
  readonly label: string
  readonly principal: Principal
  readonly group: Pick<Group, 'matcher'>
  readonly sink: Sink
  /** Everything up to this seq was delivered. */
  readonly cursor: number
}

/** One event that waits until all subscribers of its gate have answered. */
interface OpenGate {
  name: string
  counter: number
  seq: number
  /** ms */
  deadline: number
  publisher: GatePublisher
  waiting: Set<GateSubscriber>
  outcome: GateOutcome
  cancel: Cancel
}

interface Announced {
  name: string
  deadline: number
}

/**
 * A publisher can ask that all subscribers of a gate answer an event before the publisher continues. A
 * subscriber that leaves or is late is named in the outcome and does not block the publisher; a gate never
 * delays other publishers.
 */
export class Gates {
  readonly #runtime: Runtime
  readonly #authorize: Authorize
  readonly #deadline: number
  readonly #answering = new Map<string, Set<GateSubscriber>>()
  readonly #announced = new Map<GatePublisher, Map<number, Announced>>()
  readonly #open = new Map<string, OpenGate>()
  /** Gates that were not announced to a subscriber yet, because the event has not reached it. */
  #unannounced: { gate: OpenGate; subscription: GateSubscriber }[] = []

  constructor(runtime: Runtime, authorize: Authorize, deadline: number) {
    this.#runtime = runtime
    this.#authorize = authorize
    this.#deadline = deadline
  }

  register(subscription: GateSubscriber, names: readonly string[]): void {
    for (const name of names) {
      const answering = this.#answering.get(name) ?? new Set()
      this.#answering.set(name, answering.add(subscription))
    }
  }

  namesOf(subscription: GateSubscriber): string[] {
    return [...this.#answering].filter(([, answering]) => answering.has(subscription)).map(([name]) => name)
  }

  /** Makes the event `counter`, which is not stored yet, wait for the gate. */
  announce(publisher: GatePublisher, name: string, counter: number, deadline = this.#deadline): void {
    const announced = this.#announced.get(publisher) ?? new Map<number, Announced>()
    if (announced.size >= MAX_GATES_PER_PUBLISHER) {
      throw new TocsinError(
        'TCN_PROTOCOL_TOO_MANY',
        `at most ${MAX_GATES_PER_PUBLISHER} gates announced at once`,
      )
    }
    announced.set(counter, { name, deadline: Math.min(deadline, this.#deadline) })
    this.#announced.set(publisher, announced)
    publisher.gates = announced.size
  }

  /** Opens the gate of a stored event, for its subscribers that match the event and have the right `gate` for it. */
  stored(publisher: GatePublisher, counter: number, seq: number, frame: Uint8Array): void {
    const wanted = this.#announced.get(publisher)?.get(counter)
    this.passed(publisher, counter)
    if (wanted === undefined) return
    const gate: OpenGate = {
      ...wanted,
      counter,
      seq,
      publisher,
      waiting: new Set(this.#subscribersOf(wanted.name, frame)),
      outcome: { name: wanted.name, counter, seq, answers: [], missing: [] },
      cancel: this.#runtime.after(wanted.deadline, () => this.#expire(gate)),
    }
    this.#open.set(gateKey(gate.name, seq), gate)
    for (const subscription of gate.waiting) this.#unannounced.push({ gate, subscription })
    if (gate.waiting.size === 0) this.#runtime.soon(() => this.#closeWhenAnswered(gate))
  }

  /** Forgets the gates of events up to this counter: counters rise, so these events will not be stored any more. */
  passed(publisher: GatePublisher, upTo: number): void {
    const announced = this.#announced.get(publisher)
    if (announced === undefined) return
    for (const counter of announced.keys()) if (counter <= upTo) announced.delete(counter)
    publisher.gates = announced.size
    if (announced.size === 0) this.#announced.delete(publisher)
  }

  /** Announces gates to subscribers that have received the event. Called after output was written. */
  announceReached(): void {
    if (this.#unannounced.length === 0) return
    this.#unannounced = this.#unannounced.filter(({ gate, subscription }) => {
      if (!gate.waiting.has(subscription)) return false
      if (subscription.cursor < gate.seq) return true
      subscription.sink.status({ type: 'gate', name: gate.name, seq: gate.seq, deadline: gate.deadline })
      return false
    })
  }

  answer(subscription: GateSubscriber, name: string, seq: number, answer: unknown): void {
    const gate = this.#open.get(gateKey(name, seq))
    if (gate === undefined || !gate.waiting.delete(subscription)) {
      throw new TocsinError('TCN_GATE_UNKNOWN', `no gate ${name} waits for this subscriber at ${seq}`)
    }
    gate.outcome.answers.push({ subscriber: subscription.label, answer })
    this.#closeWhenAnswered(gate)
  }

  subscriberLeft(subscription: GateSubscriber): void {
    for (const [name, answering] of this.#answering) {
      if (answering.delete(subscription) && answering.size === 0) this.#answering.delete(name)
    }
    for (const gate of this.#open.values()) {
      if (!gate.waiting.delete(subscription)) continue
      gate.outcome.missing.push({ subscriber: subscription.label, reason: 'left' })
      this.#closeWhenAnswered(gate)
    }
  }

  publisherLeft(publisher: GatePublisher): void {
    this.#announced.delete(publisher)
    for (const [key, gate] of this.#open) {
      if (gate.publisher !== publisher) continue
      gate.cancel()
      this.#open.delete(key)
    }
  }

  #subscribersOf(name: string, frame: Uint8Array): GateSubscriber[] {
    return [...(this.#answering.get(name) ?? [])].filter(
      (subscription) =>
        subscription.group.matcher.matches(frame, 0) &&
        this.#authorize(subscription.principal, 'gate').matches(frame, 0),
    )
  }

  #expire(gate: OpenGate): void {
    for (const { label } of gate.waiting) gate.outcome.missing.push({ subscriber: label, reason: 'timeout' })
    gate.waiting.clear()
    this.#closeWhenAnswered(gate)
  }

  #closeWhenAnswered(gate: OpenGate): void {
    if (gate.waiting.size > 0 || !this.#open.delete(gateKey(gate.name, gate.seq))) return
    gate.cancel()
    if (diagnostics.gate.hasSubscribers) diagnostics.gate.publish(gate.outcome)
    gate.publisher.events.gateDone(gate.outcome)
  }
}

function gateKey(name: string, seq: number): string {
  return `${seq} ${name}`
}

export function checkGateNames(names: readonly string[] = []): void {
  if (names.length <= MAX_GATES_PER_SUBSCRIBER) return
  throw new TocsinError(
    'TCN_PROTOCOL_TOO_MANY',
    `at most ${MAX_GATES_PER_SUBSCRIBER} gates for one subscriber`,
  )
}
