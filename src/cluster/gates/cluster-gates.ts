import type { Asking, GateQuestion, GateReport, OtherGuards } from '../../bus/other-guards.js'
import type { SharedGates } from '../../bus/shared-gates.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { withTimeout } from '../../event/runtime.js'
import { GateAnswers } from './gate-answers.js'
import { decodeGateMessage } from './gate-message.js'
import { ANY_GATE, type GateHub, type GateNet, hasGate } from './gate-net.js'
import { GateQuestions } from './gate-questions.js'

/** Time for the others to know of a subscriber, ms. */
const REGISTERED_MS = 10_000
/** Time to find out whether another hub has subscribers, after which what is known counts, ms. */
const AWAITED_MS = 500
/** Gates that a hub lists; one with subscribers of more is asked for every gate. */
const MAX_LISTED = 100

/** The gates of hubs that share a log: each hub asks its own subscribers, whichever hub the event was published at. */
export class ClusterGates implements OtherGuards {
  readonly #net: GateNet
  readonly #gates: SharedGates
  readonly questions: GateQuestions
  readonly answers: GateAnswers

  constructor(net: GateNet, gates: SharedGates) {
    this.#net = net
    this.#gates = gates
    this.questions = new GateQuestions(net, () => gates.epoch)
    this.answers = new GateAnswers(net, gates)
  }

  /** The gates that have subscribers at this hub, as the others are told. */
  get names(): string[] {
    const { names } = this.#gates
    return names.length > MAX_LISTED ? [ANY_GATE] : names
  }

  async registered(): Promise<void> {
    try {
      await withTimeout(this.#net.runtime, REGISTERED_MS, this.#net.inStep())
    } catch (thrown) {
      const reason = 'the other hubs of the cluster do not know yet that there is a subscriber of the gate'
      throw new TocsinError('TCN_CLUSTER_BEHIND', reason, { cause: thrown })
    }
  }

  async isAwaited(name: string): Promise<boolean> {
    if (this.#isKnown(name)) return true
    await withTimeout(this.#net.runtime, AWAITED_MS, this.#net.inStep()).catch(() => undefined)
    return this.#isKnown(name)
  }

  ask(question: GateQuestion, report: GateReport): Asking {
    return this.questions.ask(question, report)
  }

  /** Takes a message of another hub. */
  receive(payload: Uint8Array): void {
    const message = decodeGateMessage(payload)
    if (message?.do === 'ask') this.answers.take(message)
    else if (message?.do === 'told') this.questions.take(message)
    else if (message?.do === 'over') this.answers.over(message)
  }

  arrived(hub: GateHub): void {
    this.questions.arrived(hub)
  }

  died(hub: GateHub, reason: 'silent' | 'stopped'): void {
    this.questions.died(hub, reason)
    this.answers.died(hub)
  }

  wasSilent(hub: GateHub, ms: number): void {
    this.questions.wasSilent(hub, ms)
  }

  close(): void {
    this.questions.close()
    this.answers.close()
  }

  #isKnown(name: string): boolean {
    const isAtOther = this.#net.others().some((hub) => hasGate(hub, name))
    return isAtOther || this.#gates.has(name) || this.questions.gone(name).length > 0
  }
}
