import type { Principal } from '../../bus/principal.js'
import { TocsinError } from '../../errors/tocsin-error.js'

/** Questions of one principal, and of all, at the same time. Each goes to thousands of hubs. */
const QUESTIONS = { ofOne: 8, inAll: 32 }
/** Readers that follow, which stay for hours. */
const FOLLOWERS = { ofOne: 16, inAll: 128 }

/** Limits how many questions to edge hubs are open. */
export class OpenQuestions {
  readonly #questions = new Slots(QUESTIONS)
  readonly #followers = new Slots(FOLLOWERS)

  /** Rejects with TCN_EDGE_QUESTIONS if there are too many. */
  one<Result>(principal: Principal, answer: () => Promise<Result>): Promise<Result> {
    return this.#questions.take(principal, answer)
  }

  /** The same for a reader that follows. */
  follow<Result>(principal: Principal, answer: () => Promise<Result>): Promise<Result> {
    return this.#followers.take(principal, answer)
  }
}

class Slots {
  readonly #limits: typeof QUESTIONS
  readonly #byPrincipal = new Map<string, number>()
  #all = 0

  constructor(limits: typeof QUESTIONS) {
    this.#limits = limits
  }

  async take<Result>({ name }: Principal, answer: () => Promise<Result>): Promise<Result> {
    const own = this.#byPrincipal.get(name) ?? 0
    if (own >= this.#limits.ofOne || this.#all >= this.#limits.inAll)
      throw new TocsinError('TCN_EDGE_QUESTIONS')
    this.#byPrincipal.set(name, own + 1)
    this.#all++
    try {
      return await answer()
    } finally {
      this.#all--
      const left = (this.#byPrincipal.get(name) ?? 1) - 1
      if (left === 0) this.#byPrincipal.delete(name)
      else this.#byPrincipal.set(name, left)
    }
  }
}
