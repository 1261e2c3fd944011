import { TocsinError } from '../event/errors.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import type { GateOutcome } from './api.js'
import { diagnostics } from './diagnostics.js'
import type { Authorize } from './principal.js'
import type { Publisher } from './publisher.js'
import type { Subscription } from './subscription.js'

const GATES_PER_PUBLISHER = 1000
const GATES_PER_SUBSCRIBER = 16

/** One event that waits until everybody who answers this gate has answered. */
interface OpenGate {
  name: string
  counter: number
  seq: number
  /** ms, as asked */
  deadline: number
  publisher: Publisher
  waiting: Set<Subscription>
  outcome: GateOutcome
  cancel: Cancel
}

interface Announced {
  name: string
  deadline: number
}

/**
 * A publisher may ask that all subscribers of a gate answer an event before it goes on. Whoever
 * leaves or is late is named in the outcome and holds nobody up; no gate delays another publisher.
 */
export class Gates {
  readonly #runtime: Runtime
  readonly #authorize: Authorize
  readonly #deadline: number
  readonly #answering = new Map<string, Set<Subscription>>()
  readonly #announced = new Map<Publisher, Map<number, Announced>>()
  readonly #open = new Map<string, OpenGate>()
  /** Subscribers that have not been told of a gate, for the event has not reached them yet. */
  #untold: { gate: OpenGate; subscription: Subscription }[] = []

  constructor(runtime: Runtime, authorize: Authorize, deadline: number) {
    this.#runtime = runtime
    this.#authorize = authorize
    this.#deadline = deadline
  }

  register(subscription: Subscription, names: readonly string[]): void {
    for (const name of names) {
      const answering = this.#answering.get(name) ?? new Set()
      this.#answering.set(name, answering.add(subscription))
    }
  }

  namesOf(subscription: Subscription): string[] {
    return [...this.#answering].filter(([, answering]) => answering.has(subscription)).map(([name]) => name)
  }

  /** The event `counter`, still to come, is to wait. */
  announce(publisher: Publisher, name: string, counter: number, deadline = this.#deadline): void {
    const announced = this.#announced.get(publisher) ?? new Map<number, Announced>()
    if (announced.size >= GATES_PER_PUBLISHER) {
      throw new TocsinError('TCN_PROTOCOL_TOO_MANY', `at most ${GATES_PER_PUBLISHER} gates announced at once`)
    }
    announced.set(counter, { name, deadline: Math.min(deadline, this.#deadline) })
    this.#announced.set(publisher, announced)
    publisher.gates = announced.size
  }

  /** The event is stored: asks everybody who answers this gate, sees the event and may hold it. */
  stored(publisher: Publisher, counter: number, seq: number, frame: Uint8Array): void {
    const wanted = this.#announced.get(publisher)?.get(counter)
    this.passed(publisher, counter)
    if (wanted === undefined) return
    const gate: OpenGate = {
      ...wanted,
      counter,
      seq,
      publisher,
      waiting: new Set(this.#whoAnswers(wanted.name, frame)),
      outcome: { name: wanted.name, counter, seq, answers: [], missing: [] },
      cancel: this.#runtime.after(wanted.deadline, () => this.#expire(gate)),
    }
    this.#open.set(gateKey(gate.name, seq), gate)
    for (const subscription of gate.waiting) this.#untold.push({ gate, subscription })
    if (gate.waiting.size === 0) this.#runtime.soon(() => this.#closeWhenAnswered(gate))
  }

  /** Counters rise: events up to this one do not come any more, and so nothing is to wait for them. */
  passed(publisher: Publisher, upTo: number): void {
    const announced = this.#announced.get(publisher)
    if (announced === undefined) return
    for (const counter of announced.keys()) if (counter <= upTo) announced.delete(counter)
    publisher.gates = announced.size
    if (announced.size === 0) this.#announced.delete(publisher)
  }

  /** Called when output has gone out: the event comes first, then the word that it waits. */
  tell(): void {
    if (this.#untold.length === 0) return
    this.#untold = this.#untold.filter(({ gate, subscription }) => {
      if (!gate.waiting.has(subscription)) return false
      if (subscription.cursor < gate.seq) return true
      subscription.sink.status({ type: 'gate', name: gate.name, seq: gate.seq, deadline: gate.deadline })
      return false
    })
  }

  answer(subscription: Subscription, name: string, seq: number, answer: unknown): void {
    const gate = this.#open.get(gateKey(name, seq))
    if (gate === undefined || !gate.waiting.delete(subscription)) {
      throw new TocsinError('TCN_GATE_UNKNOWN', `no gate ${name} waits for this subscriber at ${seq}`)
    }
    gate.outcome.answers.push({ subscriber: subscription.label, answer })
    this.#closeWhenAnswered(gate)
  }

  subscriberLeft(subscription: Subscription): void {
    for (const [name, answering] of this.#answering) {
      if (answering.delete(subscription) && answering.size === 0) this.#answering.delete(name)
    }
    for (const gate of this.#open.values()) {
      if (!gate.waiting.delete(subscription)) continue
      gate.outcome.missing.push({ subscriber: subscription.label, reason: 'left' })
      this.#closeWhenAnswered(gate)
    }
  }

  publisherLeft(publisher: Publisher): void {
    this.#announced.delete(publisher)
    for (const [key, gate] of this.#open) {
      if (gate.publisher !== publisher) continue
      gate.cancel()
      this.#open.delete(key)
    }
  }

  #whoAnswers(name: string, frame: Uint8Array): Subscription[] {
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
  if (names.length <= GATES_PER_SUBSCRIBER) return
  throw new TocsinError('TCN_PROTOCOL_TOO_MANY', `at most ${GATES_PER_SUBSCRIBER} gates for one subscriber`)
}
