import { toTocsinError } from '../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import { type AskedOfEdge, framesOf } from './asked-of-edge.js'

/** The answers to one question. */
export interface AnsweredQuestion {
  question: string
  /** The principal there that asked. */
  principal: string
  method: string
  requests: number
  /** Bytes of the events in the answers. */
  bytes: number
  /** `ok`, or the code of the first error. */
  result: string
}

/** A question has ended when nothing more of it was asked for this time, ms. */
const ENDED_MS = 5_000
const MAX_OPEN = 1_000

interface OpenQuestion {
  readonly answered: AnsweredQuestion
  running: number
  end: Cancel
}

/** Tells of each question once, although it may consist of many requests. */
export class AnswerLog {
  readonly #runtime: Pick<Runtime, 'after'>
  readonly #tell: (answered: AnsweredQuestion) => void
  readonly #open = new Map<string, OpenQuestion>()

  constructor(runtime: Pick<Runtime, 'after'>, tell: (answered: AnsweredQuestion) => void) {
    this.#runtime = runtime
    this.#tell = tell
  }

  /** Returns the outcome of the work that answers a request. */
  async watch<Result>(asked: AskedOfEdge, work: Promise<Result>): Promise<Result> {
    const open = this.#openOf(asked)
    const { answered } = open
    answered.requests++
    open.running++
    open.end()
    try {
      const result = await work
      answered.bytes += framesOf(result).length
      return result
    } catch (error) {
      if (answered.result === 'ok') answered.result = toTocsinError(error, 'TCN_METHOD_FAILED').code
      throw error
    } finally {
      if (--open.running === 0) open.end = this.#runtime.after(ENDED_MS, () => this.#close(asked.question))
    }
  }

  close(): void {
    for (const question of this.#open.keys()) this.#close(question)
  }

  #openOf({ question, by, method }: AskedOfEdge): OpenQuestion {
    const known = this.#open.get(question)
    if (known !== undefined) return known
    const answered = { question, principal: by, method, requests: 0, bytes: 0, result: 'ok' }
    const open: OpenQuestion = { answered, running: 0, end: () => undefined }
    this.#open.set(question, open)
    const [oldest] = this.#open.keys()
    if (this.#open.size > MAX_OPEN) this.#close(oldest)
    return open
  }

  #close(question: string): void {
    const open = this.#open.get(question)
    if (open === undefined) return
    this.#open.delete(question)
    open.end()
    this.#tell(open.answered)
  }
}
