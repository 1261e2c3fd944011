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
/** Questions with an event of their own, at first and in each further second. */
const [MOST_TOLD, TOLD_A_SECOND] = [100, 1]

interface OpenQuestion {
  readonly answered: AnsweredQuestion
  running: number
  end: Cancel
}

/** Tells of each question once, although it may consist of many requests. */
export class AnswerLog {
  readonly #runtime: Pick<Runtime, 'after' | 'monotonic'>
  readonly #tell: (answered: AnsweredQuestion) => void
  readonly #open = new Map<string, OpenQuestion>()
  #left = MOST_TOLD
  #since = 0
  /** All others, which have one event together. */
  #others: AnsweredQuestion | undefined
  #isClosed = false

  constructor(runtime: Pick<Runtime, 'after' | 'monotonic'>, tell: (answered: AnsweredQuestion) => void) {
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
      open.running--
      if (open.running === 0 && !this.#isClosed)
        open.end = this.#runtime.after(ENDED_MS, () => this.#close(open))
    }
  }

  close(): void {
    this.#isClosed = true
    for (const open of this.#open.values()) this.#close(open)
    this.#tellOthers()
  }

  #openOf({ question, by, method }: AskedOfEdge): OpenQuestion {
    const known = this.#open.get(question)
    if (known !== undefined) return known
    const answered = { question, principal: by, method, requests: 0, bytes: 0, result: 'ok' }
    const open: OpenQuestion = { answered, running: 0, end: () => undefined }
    this.#open.set(question, open)
    const [oldest] = this.#open.values()
    if (this.#open.size > MAX_OPEN) this.#close(oldest)
    return open
  }

  #close(open: OpenQuestion): void {
    const { answered } = open
    if (this.#open.get(answered.question) !== open) return
    this.#open.delete(answered.question)
    open.end()
    if (this.#mayTell()) {
      this.#tellOthers()
      this.#tell(answered)
      return
    }
    // Very many questions must not push the events of this hub out of its log.
    const others = this.#others ?? { ...answered, question: '', principal: '', requests: 0, bytes: 0 }
    others.requests += answered.requests
    others.bytes += answered.bytes
    this.#others = others
  }

  #mayTell(): boolean {
    const now = this.#runtime.monotonic()
    const gained = ((now - this.#since) / 1000) * TOLD_A_SECOND
    this.#left = Math.min(MOST_TOLD, this.#left + gained)
    this.#since = now
    if (this.#left < 1) return false
    this.#left--
    return true
  }

  #tellOthers(): void {
    if (this.#others !== undefined) this.#tell(this.#others)
    this.#others = undefined
  }
}
