import { TocsinError } from '../errors/tocsin-error.js'
import { encodedLength } from '../event/msgpack/encoder.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import type { GateOutcome } from './api.js'
import { diagnostics } from './diagnostics.js'
import { type GatePublisher, type GateSubscriber, isOf, nameFor, seesLabels } from './gate-parties.js'
import { GateQuota } from './gate-quota.js'
import type { BusLimits } from './limits.js'
import type { Asking, OtherGuards } from './other-guards.js'
import type { Authorize } from './principal.js'

export type { GateSubscriber } from './gate-parties.js'

type MissingReason = GateOutcome['missing'][number]['reason']

const MAX_ANNOUNCED_PER_PUBLISHER = 1000
const MAX_GATES_PER_SUBSCRIBER = 16
/** Answers that all gates together wait for: each of many gates may have many subscribers. */
const MAX_AWAITED = 100_000
/** Answers that all open gates hold, until every subscriber has answered. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/** One event that waits until all subscribers of its gate have answered. */
interface OpenGate {
  name: string
  seq: number
  /** ms */
  deadline: number
  publisher: GatePublisher
  waiting: Set<GateSubscriber>
  /** Waits for other hubs. */
  asking: Asking | undefined
  /** True if it counts in the quota. */
  counted: boolean
  outcome: GateOutcome
  /** Bytes of the answers in the outcome. */
  answerBytes: number
  cancel: Cancel
}

interface Announced {
  name: string
  deadline: number
  /** True if it counts in the quota: its event was admitted. */
  counted: boolean
}

/** The gates of one publisher, so that one that leaves costs only its own gates. */
interface Requested {
  readonly announced: Map<number, Announced>
  readonly open: Set<OpenGate>
}

/** The gates of one subscriber, so that one that leaves costs only its own gates. */
interface Registered {
  readonly names: readonly string[]
  /** Its first event is after this seq. */
  readonly after: number
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
  /** The subscribers at other hubs with the same log; undefined if there are none. */
  others: OtherGuards | undefined

  constructor(runtime: Runtime, authorize: Authorize, limits: Pick<BusLimits, 'gateDeadline'>) {
    this.#runtime = runtime
    this.#authorize = authorize
    this.#limits = limits
  }

  /** Returns what must have resolved before the subscriber is told that it is subscribed, if there is anything. */
  register(subscription: GateSubscriber, names: readonly string[]): Promise<void> | undefined {
    if (names.length === 0) return undefined
    const after = subscription.cursor
    this.#subscribers.set(subscription, { names, after, waiting: new Set(), unannounced: new Set() })
    for (const name of names) {
      const answering = this.#answering.get(name) ?? new Set()
      this.#answering.set(name, answering.add(subscription))
    }
    return this.others?.registered()
  }

  /** Returns true if the gate has subscribers at this hub. */
  hasSubscribers(name: string): boolean {
    return this.#answering.has(name)
  }

  /** The gates that have subscribers at this hub. */
  get names(): Iterable<string> {
    return this.#answering.keys()
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

  /** Returns whether the event may be stored: false if it would open more gates than are allowed. */
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
    const gate = this.#begin(publisher, { ...wanted, counter, seq, counted }, frame)
    gate.asking = this.#askOthers(gate)
    if (isAnswered(gate)) this.#runtime.soon(() => this.#closeWhenAnswered(gate))
  }

  /** Opens the gate of an event that another hub has published, for the subscribers at this one. */
  openFor(publisher: GatePublisher, wanted: Pick<OpenGate, 'name' | 'seq' | 'deadline'>, frame: Uint8Array) {
    this.#closeWhenAnswered(this.#begin(publisher, { ...wanted, counter: 0, counted: false }, frame))
  }

  #begin(
    publisher: GatePublisher,
    wanted: Pick<OpenGate, 'name' | 'seq' | 'deadline' | 'counted'> & { counter: number },
    frame: Uint8Array,
  ): OpenGate {
    const { name, counter, seq, deadline, counted } = wanted
    const gate: OpenGate = {
      name,
      deadline,
      seq,
      publisher,
      waiting: new Set(),
      asking: undefined,
      counted,
      outcome: { name, counter, seq, answers: [], missing: [] },
      answerBytes: 0,
      cancel: this.#runtime.after(deadline, () => this.#expire(gate)),
    }
    this.#open.set(gateKey(name, seq), gate)
    const requested = this.#publishers.get(publisher) ?? { announced: new Map(), open: new Set() }
    this.#publishers.set(publisher, requested)
    requested.open.add(gate)
    for (const subscription of this.#subscribersOf(gate, frame)) {
      // An event that was stored before, and is not found, cannot be named to anybody.
      if (seq === 0) this.#miss(gate, subscription, 'timeout')
      else this.#ask(gate, subscription)
    }
    // A log that is shared may deliver the event before it says that it is stored.
    for (const subscription of gate.waiting) if (subscription.cursor >= seq) this.announceTo(subscription)
    return gate
  }

  #askOthers(gate: OpenGate): Asking | undefined {
    const { name, seq, deadline, publisher, outcome } = gate
    const { cause } = publisher
    const labels = seesLabels(publisher, this.#authorize)
    return this.others?.ask(
      { name, seq, deadline, labels, cause },
      {
        answered: (subscriber, answer, hub) => this.#addAnswer(gate, { subscriber, answer, hub }),
        missed: (missed) => outcome.missing.push(missed),
        over: () => {
          gate.asking = undefined
          this.#closeWhenAnswered(gate)
        },
      },
    )
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
    const { unannounced } = this.#registered(subscription)
    for (const gate of unannounced) {
      if (subscription.cursor < gate.seq) return
      unannounced.delete(gate)
      subscription.sink.status({ type: 'gate', name: gate.name, seq: gate.seq, deadline: gate.deadline })
    }
    this.#behind.delete(subscription)
  }

  /** Ignores an answer that comes late: the subscriber cannot know that the deadline is over or the publisher gone. */
  answer(subscription: GateSubscriber, name: string, seq: number, answer: unknown): void {
    const gate = this.#open.get(gateKey(name, seq))
    if (gate === undefined || !this.#release(gate, subscription)) {
      if (this.#subscribers.get(subscription)?.names.includes(name) && seq <= subscription.cursor) return
      throw new TocsinError('TCN_GATE_UNKNOWN', `no gate ${name} waits for this subscriber at ${seq}`)
    }
    this.#addAnswer(gate, { subscriber: nameFor(gate.publisher, subscription, this.#authorize), answer })
    this.#closeWhenAnswered(gate)
  }

  #miss(gate: OpenGate, subscription: GateSubscriber, reason: MissingReason): void {
    const subscriber = nameFor(gate.publisher, subscription, this.#authorize)
    gate.outcome.missing.push({ subscriber, reason })
  }

  #addAnswer(gate: OpenGate, answered: GateOutcome['answers'][number]): void {
    const { subscriber, answer, hub } = answered
    const bytes = encodedLength(answer)
    if (this.#answerBytes + bytes > MAX_ANSWER_BYTES) {
      gate.outcome.missing.push({ subscriber, reason: 'too-large', ...(hub && { hub }) })
      return
    }
    this.#answerBytes += bytes
    gate.answerBytes += bytes
    gate.outcome.answers.push(answered)
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

  *#subscribersOf(
    { name, seq, publisher: { cause } }: OpenGate,
    frame: Uint8Array,
  ): Generator<GateSubscriber> {
    for (const subscription of this.#answering.get(name) ?? []) {
      const { group, principal } = subscription
      // One that has joined after the event does not receive it.
      const { after } = this.#registered(subscription)
      if ((seq > 0 && after >= seq) || isOf(subscription, cause)) continue
      if (group.reading.matches(frame, 0) && this.#authorize(principal, 'gate').matches(frame, 0))
        yield subscription
    }
  }

  #registered(subscription: GateSubscriber): Registered {
    const registered = this.#subscribers.get(subscription)
    if (registered === undefined) throw new Error('the subscription has no gates')
    return registered
  }

  #ask(gate: OpenGate, subscription: GateSubscriber): void {
    if (this.#awaited >= MAX_AWAITED) {
      this.#miss(gate, subscription, 'timeout')
      return
    }
    const { waiting, unannounced } = this.#registered(subscription)
    this.#awaited++
    gate.waiting.add(subscription)
    waiting.add(gate)
    unannounced.add(gate)
    this.#behind.add(subscription)
  }

  /** The gate waits no more for this subscriber; returns false if it did not wait. */
  #release(gate: OpenGate, subscription: GateSubscriber): boolean {
    if (!gate.waiting.delete(subscription)) return false
    const { waiting, unannounced } = this.#registered(subscription)
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
    gate.asking?.expire()
    this.#closeWhenAnswered(gate)
  }

  #closeWhenAnswered(gate: OpenGate): void {
    if (!isAnswered(gate) || !this.#close(gate)) return
    if (diagnostics.gate.hasSubscribers) diagnostics.gate.publish(gate.outcome)
    gate.publisher.events.gateDone(gate.outcome)
  }

  /** Returns false if it was closed before. */
  #close(gate: OpenGate): boolean {
    const { name, seq, publisher, counted, cancel, asking } = gate
    const requested = this.#publishers.get(publisher)
    if (requested?.open.delete(gate) !== true) return false
    cancel()
    asking?.close()
    const key = gateKey(name, seq)
    if (this.#open.get(key) === gate) this.#open.delete(key)
    this.#answerBytes -= gate.answerBytes
    if (counted) this.#quota.giveBack(publisher.principal)
    this.#forgetIdle(publisher, requested)
    return true
  }

  #forgetIdle(publisher: GatePublisher, { announced, open }: Requested): void {
    if (announced.size === 0 && open.size === 0) this.#publishers.delete(publisher)
  }
}

function isAnswered({ waiting, asking }: OpenGate): boolean {
  return waiting.size === 0 && asking === undefined
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
