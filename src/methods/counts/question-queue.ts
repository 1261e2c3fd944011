import { TocsinError } from '../../errors/tocsin-error.js'
import type { Call } from '../method.js'

/** Questions that are answered at the same time: of one principal, so that a quick one need not wait for a long one. */
const OF_ONE = 4
/** Number of questions of all principals. Each takes up to some megabytes for values and the events that it reads. */
const IN_ALL = 16

interface Asker {
  resolve(answer: unknown): void
  reject(error: TocsinError): void
}

interface Question {
  readonly key: string
  /** Aborted when nobody wants the answer any more. */
  readonly abort: AbortController
  readonly askers: Set<Asker>
  answer(signal: AbortSignal): Promise<unknown>
}

/**
 * Lets questions that look at many events wait for each other, so that many of them take no more memory than a few.
 * Principals take turns. The same question asked again while it waits is answered once; one that is being answered is
 * not shared, since the answer may lack events that were published since.
 */
export class QuestionQueue {
  /** Principals with questions that wait, in the order in which it is their turn. */
  readonly #waiting = new Map<string, Question[]>()
  /** Number of questions being answered, by principal. */
  readonly #running = new Map<string, number>()
  #count = 0
  readonly #ofOne: number
  readonly #inAll: number

  constructor(ofOne = OF_ONE, inAll = IN_ALL) {
    this.#ofOne = ofOne
    this.#inAll = inAll
  }

  /** Answers for the caller. `key` names the question; the same key of the same principal has the same answer. */
  ask<Answer>(
    { principal, signal }: Pick<Call, 'principal' | 'signal'>,
    key: string,
    answer: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const question = this.#waitingFor(principal.name, key) ?? this.#add(principal.name, key, answer)
      const asker: Asker = { resolve, reject }
      question.askers.add(asker)
      const leave = () => this.#leave(principal.name, question, asker, signal.reason)
      if (signal.aborted) leave()
      else signal.addEventListener('abort', leave, { once: true })
      this.#startNext()
    })
  }

  #waitingFor(principal: string, key: string): Question | undefined {
    return this.#waiting.get(principal)?.find((question) => question.key === key)
  }

  #add(principal: string, key: string, answer: Question['answer']): Question {
    const question = { key, answer, abort: new AbortController(), askers: new Set<Asker>() }
    const queue = this.#waiting.get(principal)
    if (queue === undefined) this.#waiting.set(principal, [question])
    else queue.push(question)
    return question
  }

  #leave(principal: string, question: Question, asker: Asker, cause: unknown): void {
    if (!question.askers.delete(asker)) return
    asker.reject(new TocsinError('TCN_CLIENT_ABORTED', undefined, { cause }))
    if (question.askers.size > 0) return
    question.abort.abort(cause)
    const queue = this.#waiting.get(principal)?.filter((other) => other !== question) ?? []
    this.#setWaiting(principal, queue)
  }

  #startNext(): void {
    for (const [principal, queue] of this.#waiting) {
      if (this.#count >= this.#inAll) return
      const running = this.#running.get(principal) ?? 0
      if (running >= this.#ofOne) continue
      const question = queue[0]
      // Behind the others.
      this.#waiting.delete(principal)
      this.#setWaiting(principal, queue.slice(1))
      this.#running.set(principal, running + 1)
      this.#count++
      void this.#run(principal, question)
    }
  }

  async #run(principal: string, { answer, abort, askers }: Question): Promise<void> {
    try {
      const result = await answer(abort.signal)
      for (const { resolve } of askers) resolve(result)
    } catch (error) {
      for (const { reject } of askers) reject(error as TocsinError)
    } finally {
      askers.clear()
      this.#ended(principal)
    }
  }

  #ended(principal: string): void {
    this.#count--
    const left = (this.#running.get(principal) ?? 1) - 1
    if (left === 0) this.#running.delete(principal)
    else this.#running.set(principal, left)
    this.#startNext()
  }

  #setWaiting(principal: string, queue: Question[]): void {
    if (queue.length === 0) this.#waiting.delete(principal)
    else this.#waiting.set(principal, queue)
  }
}
