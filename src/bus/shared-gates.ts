import { copyBytes } from '../event/copy-bytes.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import type { EventLog } from '../log/event-log.js'
import type { GateOutcome } from './api.js'
import type { GatePublisher } from './gate-parties.js'
import type { Gates } from './gates.js'
import type { GateQuestion, OtherGuards } from './other-guards.js'
import type { Principal } from './principal.js'

/** Another hub as a publisher: no principal has this name. */
const OTHER_HUB: Principal = { name: '', source: 'hub' }

/** The event is gone, so that nobody knows which subscribers it was for: an empty name stands for all of them. */
const NOBODY_ASKED: Pick<GateOutcome, 'answers' | 'missing'> = {
  answers: [],
  missing: [{ subscriber: '', reason: 'timeout' }],
}

/** The gates of this hub, for other hubs whose events wait at them too. */
export class SharedGates {
  readonly #gates: Gates
  readonly #log: EventLog
  readonly #runtime: Runtime

  constructor(gates: Gates, log: EventLog, runtime: Runtime) {
    this.#gates = gates
    this.#log = log
    this.#runtime = runtime
  }

  /** Who asks the subscribers at other hubs, once this one knows any. */
  set others(others: OtherGuards) {
    this.#gates.others = others
  }

  get epoch(): string {
    return this.#log.epoch
  }

  /** The gates that have subscribers here. */
  get names(): string[] {
    return [...this.#gates.names]
  }

  has(name: string): boolean {
    return this.#gates.hasSubscribers(name)
  }

  /** Asks the subscribers here, and calls `done` unless it is cancelled before. */
  ask(question: GateQuestion, done: (outcome: Pick<GateOutcome, 'answers' | 'missing'>) => void): Cancel {
    if (!this.#gates.hasSubscribers(question.name)) {
      done({ answers: [], missing: [] })
      return () => undefined
    }
    const due = this.#runtime.monotonic() + question.deadline
    const { cause, labels: seesLabels } = question
    const publisher: GatePublisher = {
      principal: OTHER_HUB,
      gates: 0,
      events: { gateDone: done },
      cause,
      seesLabels,
    }
    let isOver = false
    const stopWaiting = this.#whenStored(question.seq, async () => {
      const frame = await this.#frameOf(question.seq).catch(() => undefined)
      if (isOver) return
      if (frame === undefined) {
        done(NOBODY_ASKED)
        return
      }
      const deadline = Math.max(0, Math.round(due - this.#runtime.monotonic()))
      this.#gates.openFor(publisher, { ...question, deadline }, frame)
    })
    return () => {
      isOver = true
      stopWaiting()
      this.#gates.publisherLeft(publisher)
    }
  }

  /** The log of this hub may be behind that of the hub that asks. */
  #whenStored(seq: number, run: () => Promise<void>): Cancel {
    const start = () => void run()
    if (this.#log.last >= seq) {
      start()
      return () => undefined
    }
    const stop = this.#log.onStored(({ lastSeq }) => {
      if (lastSeq < seq) return
      stop()
      start()
    })
    return stop
  }

  /** Undefined if it is gone. */
  async #frameOf(seq: number): Promise<Uint8Array | undefined> {
    for await (const { bytes, count, firstSeq } of this.#log.read(seq, { to: seq }))
      if (count === 1 && firstSeq === seq) return copyBytes(bytes)
    return undefined
  }
}
