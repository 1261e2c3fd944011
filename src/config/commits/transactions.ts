import { type TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import type { TraceContext } from '../../event/trace-context.js'
import type { CommitPhase, ConfigObservers, ConfigUser } from './observer.js'

/** Whose step it is, and in which transaction. */
export interface Step {
  readonly transaction: number
  readonly by: ConfigUser
  /** The work that it is a part of. */
  readonly trace?: TraceContext
  /** Other work that it is about. */
  readonly links?: readonly TraceContext[]
}

/** Numbers transactions, and tells observers where each begins and ends, and the phases in it. */
export class Transactions {
  readonly observers: ConfigObservers
  #last = 0

  constructor(observers: ConfigObservers) {
    this.observers = observers
  }

  /** Number of the last one. */
  get last(): number {
    return this.#last
  }

  begin(): number {
    return ++this.#last
  }

  /** A transaction without a candidate. */
  async run<Result>(by: ConfigUser, work: (step: Step) => Promise<Result>): Promise<Result> {
    const step = { transaction: this.begin(), by }
    this.observers.event({ type: 'transaction', state: 'start', ...step })
    try {
      return await work(step)
    } finally {
      this.observers.event({ type: 'transaction', state: 'stop', ...step })
    }
  }

  async phase<Result>(phase: CommitPhase, step: Step, work: () => Promise<Result> | Result): Promise<Result> {
    this.observers.event({ type: 'phase', phase, state: 'start', ...step })
    try {
      return await work()
    } catch (thrown) {
      const error: TocsinError = toTocsinError(thrown, 'TCN_CONFIG_APPLY')
      this.observers.event({ type: 'failed', phase, error, ...step })
      throw error
    } finally {
      this.observers.event({ type: 'phase', phase, state: 'stop', ...step })
    }
  }
}
