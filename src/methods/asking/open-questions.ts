import type { Principal } from '../../bus/principal.js'
import { TocsinError } from '../../errors/tocsin-error.js'

/** Questions of one principal, and of all, at the same time. Each goes to thousands of hubs. */
const OF_ONE = 8
const IN_ALL = 32

/** Limits how many questions to edge hubs are open. */
export class OpenQuestions {
  readonly #byPrincipal = new Map<string, number>()
  #all = 0

  /** Rejects with TCN_EDGE_QUESTIONS if there are too many. */
  async one<Result>({ name }: Principal, answer: () => Promise<Result>): Promise<Result> {
    const own = this.#byPrincipal.get(name) ?? 0
    if (own >= OF_ONE || this.#all >= IN_ALL) throw new TocsinError('TCN_EDGE_QUESTIONS')
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
