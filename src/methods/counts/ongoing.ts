import type { Authorize } from '../../bus/principal.js'
import { visibleTo } from '../../bus/visible-events.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import type { Call } from '../method.js'
import type { Coverage } from '../results/events.js'
import type { Patience } from './patience.js'
import type { QuestionQueue } from './question-queue.js'

/** A question continues for this time without anybody who waits for it, ms. */
const IDLE_MS = 10_000
/** Questions of one principal that continue. The one that was asked for least recently ends for another. */
const MAX_OF_ONE = 16

/** A question that can be answered before everything is counted. */
export abstract class Counting<Answer extends Coverage> {
  #begin!: () => void
  /** Resolves when `soFar` can be called. */
  readonly begun = new Promise<void>((resolve) => {
    this.#begin = resolve
  })

  async run(signal: AbortSignal): Promise<Answer> {
    await this.prepare(signal)
    this.#begin()
    await this.count(signal)
    return this.soFar()
  }

  protected abstract prepare(signal: AbortSignal): Promise<void>
  protected abstract count(signal: AbortSignal): Promise<void>
  abstract soFar(): Answer
}

interface OngoingQuestion<Answer extends Coverage> {
  readonly id: string
  readonly key: string
  /** The canonical filter over the events that its principal could see when it began. */
  readonly rights: string
  readonly end: AbortController
  readonly counting: Counting<Answer>
  readonly done: Promise<Answer>
  forget: Cancel
}

type NewQuestion<Answer extends Coverage> = Pick<OngoingQuestion<Answer>, 'key' | 'rights'> & {
  counting(): Counting<Answer>
}

/**
 * Answers questions after a time with what was counted until then, and continues to count meanwhile. Who asks the same
 * again with the `more` of that answer gets what was counted since. No answer has events that the principal may no longer
 * see: if its rights have changed meanwhile, the question begins again.
 */
export class OngoingQuestions<Answer extends Coverage> {
  readonly #runtime: Pick<Runtime, 'after'>
  readonly #authorize: Authorize
  readonly #queue: QuestionQueue
  /** By principal, in the order in which they were asked for last. */
  readonly #questions = new Map<string, OngoingQuestion<Answer>[]>()
  #last = 0

  constructor(
    { runtime, authorize }: { runtime: Pick<Runtime, 'after'>; authorize: Authorize },
    queue: QuestionQueue,
  ) {
    this.#runtime = runtime
    this.#authorize = authorize
    this.#queue = queue
  }

  /** `key` has all that the answer depends on, apart from the caller. An unknown `more` begins again. */
  async ask(
    call: Pick<Call, 'principal' | 'signal'>,
    key: string,
    patience: Patience,
    counting: () => Counting<Answer>,
  ): Promise<Answer> {
    const rights = this.#rightsOf(call)
    this.#endOthers(call.principal.name, rights)
    const { wait, more } = patience
    const answer = await (wait === undefined
      ? this.#queue.ask(call, key, (signal) => counting().run(signal))
      : this.#askFor(wait, call, more, { key, rights, counting }))
    const isAllowed = rights === this.#rightsOf(call)
    return isAllowed ? answer : this.ask(call, key, patience, counting)
  }

  async #askFor(
    wait: number,
    call: Pick<Call, 'principal' | 'signal'>,
    more: string | undefined,
    asked: NewQuestion<Answer>,
  ): Promise<Answer> {
    const owner = call.principal.name
    const question = this.#take(owner, asked.key, more) ?? this.#begin(call, asked)
    const answer = await this.#within(question, wait, call.signal)
    if (answer !== undefined) return answer
    this.#keep(owner, question)
    return { ...question.counting.soFar(), more: question.id }
  }

  #rightsOf({ principal }: Pick<Call, 'principal'>): string {
    return visibleTo(this.#authorize, principal).key
  }

  /** Ends the questions that began with other rights. */
  #endOthers(owner: string, rights: string): void {
    for (const question of this.#questions.get(owner) ?? [])
      if (question.rights !== rights) this.#end(owner, question)
  }

  #begin(
    { principal }: Pick<Call, 'principal'>,
    { key, rights, counting: make }: NewQuestion<Answer>,
  ): OngoingQuestion<Answer> {
    const counting = make()
    const id = String(++this.#last)
    const end = new AbortController()
    const done = this.#queue.ask({ principal, signal: end.signal }, `${id} ${key}`, (signal) =>
      counting.run(signal),
    )
    // It may fail while nobody waits.
    done.catch(() => undefined)
    return { id, key, rights, end, counting, done, forget: () => undefined }
  }

  /** Undefined if it takes longer. Ends the question when the caller is gone. */
  async #within(
    question: OngoingQuestion<Answer>,
    ms: number,
    signal: AbortSignal,
  ): Promise<Answer | undefined> {
    const leave = () => question.end.abort(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
    let cancel: Cancel = () => undefined
    const waited = question.counting.begun.then(
      () =>
        new Promise<undefined>((resolve) => {
          cancel = this.#runtime.after(ms, () => resolve(undefined))
        }),
    )
    try {
      return await Promise.race([question.done, waited])
    } finally {
      cancel()
      signal.removeEventListener('abort', leave)
    }
  }

  #take(owner: string, key: string, id: string | undefined): OngoingQuestion<Answer> | undefined {
    const questions = this.#questions.get(owner)
    const question = questions?.find((each) => each.id === id && each.key === key)
    if (question === undefined) return undefined
    this.#remove(owner, question)
    return question
  }

  #keep(owner: string, question: OngoingQuestion<Answer>): void {
    const questions = this.#questions.get(owner) ?? []
    this.#questions.set(owner, questions)
    questions.push(question)
    question.forget = this.#runtime.after(IDLE_MS, () => this.#end(owner, question))
    const [oldest] = questions
    if (questions.length > MAX_OF_ONE) this.#end(owner, oldest)
  }

  #end(owner: string, question: OngoingQuestion<Answer>): void {
    this.#remove(owner, question)
    question.end.abort()
  }

  #remove(owner: string, question: OngoingQuestion<Answer>): void {
    question.forget()
    const left = this.#questions.get(owner)?.filter((each) => each !== question) ?? []
    if (left.length === 0) this.#questions.delete(owner)
    else this.#questions.set(owner, left)
  }
}
