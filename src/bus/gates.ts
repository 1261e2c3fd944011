import { TocsinError } from '../errors/tocsin-error.js'
import { encode } from '../event/msgpack/encoder.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import type { GateOutcome, Peer, PublisherEvents } from './api.js'
import { diagnostics } from './diagnostics.js'
import { GateQuota } from './gate-quota.js'
import type { Group } from './group.js'
import type { BusLimits } from './limits.js'
import type { Authorize, Principal } from './principal.js'
import type { Sink } from './sink.js'

const MAX_ANNOUNCED_PER_PUBLISHER = 1000
const MAX_GATES_PER_SUBSCRIBER = 16
/** Answers that all gates together wait for: each of many gates may have many subscribers. */
const MAX_AWAITED = 100_000
/** Answers that all open gates hold, until every subscriber has answered. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

export interface GatePublisher {
  readonly principal: Principal
  /** Gates announced for events that are not stored yet; set by `Gates`. */
  gates: number
  readonly events: Pick<PublisherEvents, 'gateDone'>
  /** Whether the gates of this publisher do not wait for a subscriber. */
  skips?(subscriber: GateSubscriber): boolean
}

export interface GateSubscriber {
  readonly label: string
  readonly principal: Principal
  readonly peer: Peer | undefined
  readonly group: Pick<Group, 'matcher'>
  readonly sink: Sink
  /** Everything up to this seq was delivered. */
  readonly cursor: number
}

/** One event that waits until all subscribers of its gate have answered. */
interface OpenGate {
  name: string
  seq: number
  /** ms */
  deadline: number
  publisher: GatePublisher
  waiting: Set<GateSubscriber>
  /** Whether it counts in the quota. */
  counted: boolean
  outcome: GateOutcome
  /** Bytes of the answers in the outcome. */
  answerBytes: number
  cancel: Cancel
}

interface Announced {
  name: string
  deadline: number
  /** Whether it counts in the quota: its event was admitted. */
  counted: boolean
}

/** What belongs to one publisher, so that one that leaves costs only its own gates. */
interface Requested {
  readonly announced: Map<number, Announced>
  readonly open: Set<OpenGate>
}

/** What belongs to one subscriber, so that one that leaves costs only its own gates. */
interface Registered {
  readonly names: readonly string[]
  /** Gates that wait for its answer. */
  readonly waiting: Set<OpenGate>
  /** Those of them that it was not told of yet, because the event has not reached it; by rising seq. */
  readonly unannounced: Set<OpenGate>
}

/**
 * A publisher can ask that all subscribers of a gate answer an event before the publisher continues. A
 * subscriber that leaves or is late is named in the outcome and does not block the publisher; a gate never
 * delays other publishers.
 */
export class Gates {
  readonly #runtime: Runtime
  readonly #authorize: Authorize
  readonly #limits: Pick<BusLimits, 'gateDeadline'>
  readonly #quota = new GateQuota()
  readonly #publishers = new Map<GatePublisher, Requested>()
  readonly #subscribers = new Map<GateSubscriber, Registered>()
  readonly #answering = new Map<string, Set<GateSubscriber>>()
  readonly #open = new Map<string, OpenGate>()
  /** Subscribers with gates that they were not told of. */
  readonly #behind = new Set<GateSubscriber>()
  #awaited = 0
  /** Bytes of the answers that open gates hold. */
  #answerBytes = 0

  constructor(runtime: Runtime, authorize: Authorize, limits: Pick<BusLimits, 'gateDeadline'>) {
    this.#runtime = runtime
    this.#authorize = authorize
    this.#limits = limits
  }

  register(subscription: GateSubscriber, names: readonly string[]): void {
    if (names.length === 0) return
    this.#subscribers.set(subscription, { names, waiting: new Set(), unannounced: new Set() })
    for (const name of names) {
      const answering = this.#answering.get(name) ?? new Set()
      this.#answering.set(name, answering.add(subscription))
    }
  }

  /** Whether there are subscribers of the gate. */
  hasSubscribers(name: string): boolean {
    return this.#answering.has(name)
  }

  namesOf(subscription: GateSubscriber): string[] {
    return [...new Set(this.#subscribers.get(subscription)?.names)]
  }

  /** Makes the event `counter`, which is not stored yet, wait for the gate. */
  announce(publisher: GatePublisher, name: string, counter: number, wanted?: number): void {
    const requested = this.#publishers.get(publisher) ?? { announced: new Map(), open: new Set() }
    const { announced } = requested
    if (announced.size >= MAX_ANNOUNCED_PER_PUBLISHER) {
      throw new TocsinError(
        'TCN_PROTOCOL_TOO_MANY',
        `at most ${MAX_ANNOUNCED_PER_PUBLISHER} gates announced at once`,
      )
    }
    const { gateDeadline } = this.#limits
    const deadline = Math.min(wanted ?? gateDeadline, gateDeadline)
    announced.set(counter, { name, deadline, counted: false })
    this.#publishers.set(publisher, requested)
    publisher.gates = announced.size
  }

  /** Whether the event may be stored: false if it would open more gates than are allowed. */
  admits(publisher: GatePublisher, counter: number): boolean {
    const announced = this.#publishers.get(publisher)?.announced.get(counter)
    if (announced === undefined) return true
    announced.counted = this.#quota.take(publisher.principal)
    return announced.counted
  }

  /** Opens the gate of a stored event, for its subscribers that match the event and have the right `gate` for it. */
  stored(publisher: GatePublisher, counter: number, seq: number, frame: Uint8Array): void {
    const requested = this.#publishers.get(publisher)
    const wanted = requested?.announced.get(counter)
    const counted = wanted?.counted === true
    if (wanted !== undefined) wanted.counted = false
    this.passed(publisher, counter)
    if (requested === undefined || wanted === undefined) return
    const { name, deadline } = wanted
    const gate: OpenGate = {
      name,
      deadline,
      seq,
      publisher,
      waiting: new Set(),
      counted,
      outcome: { name, counter, seq, answers: [], missing: [] },
      answerBytes: 0,
      cancel: this.#runtime.after(deadline, () => this.#expire(gate)),
    }
    this.#open.set(gateKey(name, seq), gate)
    this.#publishers.set(publisher, requested)
    requested.open.add(gate)
    for (const subscription of this.#subscribersOf(name, frame))
      if (!publisher.skips?.(subscription)) this.#ask(gate, subscription)
    // A log that is shared may deliver the event before it says that it is stored.
    for (const subscription of gate.waiting) if (subscription.cursor >= seq) this.announceTo(subscription)
    if (gate.waiting.size === 0) this.#runtime.soon(() => this.#closeWhenAnswered(gate))
  }

  /** Forgets the gates of events up to this counter: counters rise, so these events will not be stored any more. */
  passed(publisher: GatePublisher, upTo: number): void {
    const requested = this.#publishers.get(publisher)
    if (requested === undefined) return
    const { announced } = requested
    for (const [counter, { counted }] of announced) {
      if (counter > upTo) continue
      announced.delete(counter)
      if (counted) this.#quota.giveBack(publisher.principal)
    }
    publisher.gates = announced.size
    this.#forgetIdle(publisher, requested)
  }

  /** Announces gates to subscribers that have received the event. Called after output was written. */
  announceReached(): void {
    for (const subscription of this.#behind) this.announceTo(subscription)
  }

  /** The same for one subscriber. */
  announceTo(subscription: GateSubscriber): void {
    if (!this.#behind.has(subscription)) return
    const { unannounced } = this.#subscribers.get(subscription)!
    for (const gate of unannounced) {
      if (subscription.cursor < gate.seq) return
      unannounced.delete(gate)
      subscription.sink.status({ type: 'gate', name: gate.name, seq: gate.seq, deadline: gate.deadline })
    }
    this.#behind.delete(subscription)
  }

  answer(subscription: GateSubscriber, name: string, seq: number, answer: unknown): void {
    const gate = this.#open.get(gateKey(name, seq))
    if (gate === undefined || !this.#release(gate, subscription)) {
      throw new TocsinError('TCN_GATE_UNKNOWN', `no gate ${name} waits for this subscriber at ${seq}`)
    }
    this.#keepAnswer(gate, subscription, answer)
    this.#closeWhenAnswered(gate)
  }

  #miss(
    gate: OpenGate,
    subscription: GateSubscriber,
    reason: GateOutcome['missing'][number]['reason'],
  ): void {
    const subscriber = nameFor(gate, subscription, this.#authorize)
    gate.outcome.missing.push({ subscriber, reason })
  }

  #keepAnswer(gate: OpenGate, subscription: GateSubscriber, answer: unknown): void {
    const bytes = encode(answer).length
    if (this.#answerBytes + bytes > MAX_ANSWER_BYTES) {
      this.#miss(gate, subscription, 'too-large')
      return
    }
    const subscriber = nameFor(gate, subscription, this.#authorize)
    this.#answerBytes += bytes
    gate.answerBytes += bytes
    gate.outcome.answers.push({ subscriber, answer })
  }

  subscriberLeft(subscription: GateSubscriber): void {
    const registered = this.#subscribers.get(subscription)
    if (registered === undefined) return
    for (const name of registered.names) {
      const answering = this.#answering.get(name)
      if (answering?.delete(subscription) && answering.size === 0) this.#answering.delete(name)
    }
    for (const gate of registered.waiting) {
      this.#release(gate, subscription)
      this.#miss(gate, subscription, 'left')
      this.#closeWhenAnswered(gate)
    }
    this.#behind.delete(subscription)
    this.#subscribers.delete(subscription)
  }

  publisherLeft(publisher: GatePublisher): void {
    const requested = this.#publishers.get(publisher)
    if (requested === undefined) return
    for (const gate of requested.open) {
      for (const subscription of gate.waiting) this.#release(gate, subscription)
      this.#close(gate)
    }
    this.passed(publisher, Number.POSITIVE_INFINITY)
  }

  *#subscribersOf(name: string, frame: Uint8Array): Generator<GateSubscriber> {
    for (const subscription of this.#answering.get(name) ?? []) {
      const { group, principal } = subscription
      if (group.matcher.matches(frame, 0) && this.#authorize(principal, 'gate').matches(frame, 0))
        yield subscription
    }
  }

  #ask(gate: OpenGate, subscription: GateSubscriber): void {
    if (this.#awaited >= MAX_AWAITED) {
      this.#miss(gate, subscription, 'timeout')
      return
    }
    const { waiting, unannounced } = this.#subscribers.get(subscription)!
    this.#awaited++
    gate.waiting.add(subscription)
    waiting.add(gate)
    unannounced.add(gate)
    this.#behind.add(subscription)
  }

  /** The gate waits no more for this subscriber; returns false if it did not wait. */
  #release(gate: OpenGate, subscription: GateSubscriber): boolean {
    if (!gate.waiting.delete(subscription)) return false
    const { waiting, unannounced } = this.#subscribers.get(subscription)!
    this.#awaited--
    waiting.delete(gate)
    unannounced.delete(gate)
    return true
  }

  #expire(gate: OpenGate): void {
    for (const subscription of gate.waiting) {
      this.#release(gate, subscription)
      this.#miss(gate, subscription, 'timeout')
    }
    this.#closeWhenAnswered(gate)
  }

  #closeWhenAnswered(gate: OpenGate): void {
    if (gate.waiting.size > 0 || !this.#close(gate)) return
    if (diagnostics.gate.hasSubscribers) diagnostics.gate.publish(gate.outcome)
    gate.publisher.events.gateDone(gate.outcome)
  }

  /** Returns false if it was closed before. */
  #close({ name, seq, publisher, counted, cancel }: OpenGate): boolean {
    const key = gateKey(name, seq)
    const gate = this.#open.get(key)
    if (gate === undefined) return false
    cancel()
    this.#open.delete(key)
    this.#answerBytes -= gate.answerBytes
    const requested = this.#publishers.get(publisher)!
    requested.open.delete(gate)
    if (counted) this.#quota.giveBack(publisher.principal)
    this.#forgetIdle(publisher, requested)
    return true
  }

  #forgetIdle(publisher: GatePublisher, { announced, open }: Requested): void {
    if (announced.size === 0 && open.size === 0) this.#publishers.delete(publisher)
  }
}

/**
 * What the publisher is told of a subscriber: its address and what it is called are for those who may look at the hub,
 * all others are told the principal.
 */
function nameFor(
  { publisher }: OpenGate,
  { label, principal }: GateSubscriber,
  authorize: Authorize,
): string {
  return authorize(publisher.principal, 'monitor') ? label : principal.name
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
