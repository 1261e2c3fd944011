import type { Asking, GateQuestion, GateReport } from '../../bus/other-guards.js'
import { decode } from '../../event/index.js'
import { type Cancel, withTimeout } from '../../event/runtime.js'
import { REMEMBERED_MS } from '../members.js'
import type { GateRow, GateTold } from './gate-message.js'
import { type GateHub, type GateNet, hasGate } from './gate-net.js'

/** Pauses before a hub is asked again that has not answered, ms: the message, or the answer, may be lost. */
const FIRST_PAUSE_MS = 1000
const MAX_PAUSE_MS = 8000
/** Time after the deadline for a hub to say who has not answered, ms. */
const GRACE_MS = 500
/** Time for the hubs to be known, after which that is tried again, ms. */
const LOOK_MS = 2000
const MAX_REMEMBERED = 1000
/** Stands for the hubs of the cluster while they are not known. No hub has a name with a space. */
const UNKNOWN_HUBS = 'other hubs'

/** The questions of this hub to others: what their subscribers answer to events that were published here. */
export class GateQuestions {
  readonly #net: GateNet
  readonly #epoch: () => string
  readonly #open = new Map<number, GateInquiry>()
  /** Hubs that have gone without a word, by name, with the time. */
  readonly #silent = new Map<string, { hub: GateHub; at: number }>()
  #number = 0

  constructor(net: GateNet, epoch: () => string) {
    this.#net = net
    this.#epoch = epoch
  }

  /** Number of open questions. */
  get size(): number {
    return this.#open.size
  }

  ask(question: GateQuestion, report: GateReport): Asking {
    const number = ++this.#number
    const inquiry = new GateInquiry(
      { net: this.#net, number, epoch: this.#epoch(), gone: (name) => this.gone(name) },
      question,
      { ...report, closed: () => this.#open.delete(number) },
    )
    this.#open.set(number, inquiry)
    return inquiry
  }

  take(told: GateTold): void {
    const inquiry = this.#open.get(told.number)
    if (inquiry === undefined)
      this.#net.send(told.hub, { do: 'over', hub: this.#net.self, number: told.number })
    else inquiry.take(told)
  }

  arrived({ name }: GateHub): void {
    this.#silent.delete(name)
  }

  died(hub: GateHub, reason: 'silent' | 'stopped'): void {
    if (reason === 'silent') this.wasSilent(hub, 0)
    for (const inquiry of [...this.#open.values()]) inquiry.died(hub.id)
  }

  /** Notes a hub that went silently, `ms` ago. */
  wasSilent(hub: GateHub, ms: number): void {
    const isBack = this.#net.others().some(({ id, name }) => name === hub.name && id !== hub.id)
    if (hub.gates === undefined || isBack || this.#silent.size >= MAX_REMEMBERED) return
    this.#silent.set(hub.name, { hub, at: this.#net.runtime.monotonic() - ms })
  }

  close(): void {
    for (const inquiry of [...this.#open.values()]) inquiry.close()
  }

  /** The hubs with subscribers of the gate that have gone without a word: perhaps those still believe to be asked. */
  gone(name: string): GateHub[] {
    const oldest = this.#net.runtime.monotonic() - REMEMBERED_MS
    for (const [key, { at }] of this.#silent) if (at < oldest) this.#silent.delete(key)
    return [...this.#silent.values()].map(({ hub }) => hub).filter((hub) => hasGate(hub, name))
  }
}

interface InquiryHost {
  readonly net: GateNet
  readonly number: number
  readonly epoch: string
  /** Hubs that had subscribers of the gate, and that disappeared without a goodbye. */
  gone(name: string): GateHub[]
}

interface AskedHub {
  readonly hub: GateHub
  cancel: Cancel
  pause: number
  readonly rows: GateRow[]
  left: number | undefined
}

/** One event that waits for the subscribers of other hubs. */
class GateInquiry implements Asking {
  readonly #host: InquiryHost
  readonly #question: GateQuestion
  readonly #report: GateReport & { closed(): void }
  readonly #due: number
  /** Those that have not answered, by id. */
  readonly #asked = new Map<string, AskedHub>()
  #isKnown = false
  #isClosed = false
  #cancel: Cancel = () => undefined

  constructor(host: InquiryHost, question: GateQuestion, report: GateReport & { closed(): void }) {
    this.#host = host
    this.#question = question
    this.#report = report
    this.#due = host.net.runtime.monotonic() + question.deadline
    void this.#begin()
  }

  take({ hub: id, at, of, rows }: GateTold): void {
    const asked = this.#asked.get(id)
    if (asked === undefined || at + rows.length > of) return
    asked.left ??= of
    for (const [index, row] of rows.entries()) {
      if (asked.rows[at + index] === undefined) asked.left--
      asked.rows[at + index] = row
    }
    if (asked.left > 0) return
    this.#drop(asked)
    for (const row of asked.rows) this.#tell(row, asked.hub.name)
    this.#endWhenAnswered()
  }

  died(id: string): void {
    const asked = this.#asked.get(id)
    if (asked === undefined) return
    this.#drop(asked)
    this.#miss(asked.hub.name, 'left')
    this.#endWhenAnswered()
  }

  expire(): void {
    if (this.#isClosed) return
    this.#cancel()
    this.#cancel = this.#host.net.runtime.after(GRACE_MS, () => {
      if (!this.#isKnown) this.#miss(UNKNOWN_HUBS, 'timeout')
      this.#isKnown = true
      for (const asked of [...this.#asked.values()]) {
        this.#drop(asked)
        this.#miss(asked.hub.name, 'timeout')
      }
      this.#endWhenAnswered()
    })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#cancel()
    for (const asked of [...this.#asked.values()]) this.#drop(asked)
    this.#report.closed()
  }

  async #begin(): Promise<void> {
    const { net } = this.#host
    while (!this.#isClosed && !this.#isKnown) {
      const isInStep = await withTimeout(net.runtime, LOOK_MS, net.inStep()).then(
        () => true,
        () => false,
      )
      // Its deadline may be over meanwhile.
      if (isInStep && !this.#isClosed && !this.#isKnown) this.#askAll()
    }
  }

  #askAll(): void {
    this.#isKnown = true
    const { net, gone } = this.#host
    const { name } = this.#question
    for (const hub of gone(name)) this.#miss(hub.name, 'left')
    for (const hub of net.others()) if (hasGate(hub, name)) this.#ask(hub)
    this.#endWhenAnswered()
  }

  #ask(hub: GateHub): void {
    const asked = { hub, cancel: () => undefined, pause: FIRST_PAUSE_MS, rows: [], left: undefined }
    this.#asked.set(hub.id, asked)
    this.#send(asked)
  }

  #send(asked: AskedHub): void {
    const { net, number, epoch } = this.#host
    const { name, seq, labels, cause } = this.#question
    const deadline = Math.max(0, Math.round(this.#due - net.runtime.monotonic()))
    const question = { number, epoch, name, seq, deadline, labels, ...(cause && { cause }) }
    net.send(asked.hub.id, { do: 'ask', hub: net.self, ...question })
    asked.cancel = net.runtime.after(asked.pause, () => this.#send(asked))
    asked.pause = Math.min(2 * asked.pause, MAX_PAUSE_MS)
  }

  #drop(asked: AskedHub): void {
    const { net, number } = this.#host
    asked.cancel()
    this.#asked.delete(asked.hub.id)
    net.send(asked.hub.id, { do: 'over', hub: net.self, number })
  }

  #tell([subscriber, answer]: GateRow, hub: string): void {
    if (typeof answer === 'string') this.#report.missed({ subscriber, reason: answer, hub })
    else this.#report.answered(subscriber, decoded(answer), hub)
  }

  #miss(hub: string, reason: 'timeout' | 'left'): void {
    this.#report.missed({ subscriber: '', reason, hub })
  }

  #endWhenAnswered(): void {
    if (!this.#isKnown || this.#asked.size > 0 || this.#isClosed) return
    this.close()
    this.#report.over()
  }
}

function decoded(answer: Uint8Array): unknown {
  try {
    return decode(answer)
  } catch {
    return undefined
  }
}
